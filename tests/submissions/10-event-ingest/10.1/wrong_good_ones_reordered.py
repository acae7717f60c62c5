"""misconception: events of a batch may be sorted by their time or id on the way
fails: 10.1-reads
says: the events keep their order
"""
import json


def decode(body, *, partial=False):
    try:
        data = json.loads(body)
        header, raw = data["header"], data["events"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("expected an envelope: a JSON object with header and events") from error
    if not isinstance(header, dict) or not isinstance(raw, list):
        raise ValueError("expected an envelope: its header an object, its events a list")
    events, refused = [], []
    for place, each in enumerate(raw):
        if reason := why_bad(each):
            refused.append(f"{named(each, place)}: {reason}")
        else:
            events.append(Event(each["id"], each["type"], each["timestamp"], each["params"]))
    if refused and not partial:
        raise ValueError("; ".join(refused))
    return Envelope(header, sorted(events, key=lambda event: event.id)), refused


FIELDS = {"id": {str}, "type": {str}, "timestamp": {int, float}, "params": {dict}}
WORDS = {"id": "a text", "type": "a text", "timestamp": "a number", "params": "an object"}


def why_bad(event):
    if type(event) is not dict:
        return "expected an event, an object"
    for name, kinds in FIELDS.items():
        if type(event.get(name)) not in kinds:
            return f"expected {name!r} to be {WORDS[name]}"
    return None


def named(event, place):
    if isinstance(event, dict) and isinstance(event.get("id"), str):
        return event["id"]
    return f"event number {place + 1}"
