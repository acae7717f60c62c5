"""approach: plain json, then each event field by field against a table of types
"""
import json


def decode(body, *, partial=False):
    """Read the body of a `POST /events`.

    Args:
        body: bytes, the JSON text of an envelope.
        partial: whether the good events are kept if there are bad ones among them.

    Returns:
        The envelope with its good events, and for each refused event a text that says why, with the event's id.

    Raises:
        ValueError: if the body is no envelope; unless `partial`, also if any event is bad.
    """
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
    return Envelope(header, events), refused


FIELDS = {"id": {str}, "type": {str}, "timestamp": {int, float}, "params": {dict}}
WORDS = {"id": "a text", "type": "a text", "timestamp": "a number", "params": "an object"}


def why_bad(event):
    """What is wrong with an event; None if nothing is."""
    if type(event) is not dict:
        return "expected an event, an object"
    for name, kinds in FIELDS.items():
        if type(event.get(name)) not in kinds:
            return f"expected {name!r} to be {WORDS[name]}"
    return None


def named(event, place):
    """How to name an event: by its id if it has one."""
    if isinstance(event, dict) and isinstance(event.get("id"), str):
        return event["id"]
    return f"event number {place + 1}"
