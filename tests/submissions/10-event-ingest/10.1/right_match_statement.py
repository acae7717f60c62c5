"""approach: structural pattern matching on the parsed body
"""
import json


def reason(raw):
    match raw:
        case {"id": str(), "type": str(), "timestamp": int() | float(), "params": dict()}:
            return None
        case {"id": str() as name}:
            return f"event {name} is malformed"
    return "an event without an id"


def decode(body, *, partial=False):
    match json.loads(body):
        case {"header": dict() as header, "events": list() as raw}:
            pass
        case _:
            raise ValueError("no envelope")
    reasons = [reason(each) for each in raw]
    refused = [each for each in reasons if each]
    if refused and not partial:
        raise ValueError(refused[0])
    good = [each for each, why in zip(raw, reasons, strict=True) if not why]
    return Envelope(header, [Event(each["id"], each["type"], each["timestamp"], each["params"]) for each in good]), refused
