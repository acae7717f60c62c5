"""approach: a schema of (field, predicate, words), folded over each event with a generator
"""
import json

SCHEMA = [
    ("id", lambda v: type(v) is str, "a text"),
    ("type", lambda v: type(v) is str, "a text"),
    ("timestamp", lambda v: type(v) in (int, float), "a number"),
    ("params", lambda v: type(v) is dict, "an object"),
]


def faults(raw):
    if type(raw) is not dict:
        yield "is no object"
        return
    for field, holds, words in SCHEMA:
        if not holds(raw.get(field)):
            yield f"{raw.get('id')!r}: {field} must be {words}"


def decode(body, *, partial=False):
    text = body.decode()
    data = json.loads(text)
    if type(data) is not dict or type(data.get("header")) is not dict or type(data.get("events")) is not list:
        raise ValueError("not an envelope")
    kept, refused = [], []
    for raw in data["events"]:
        fault = next(faults(raw), None)
        (refused if fault else kept).append(fault or Event(raw["id"], raw["type"], raw["timestamp"], raw["params"]))
        if fault and not partial:
            raise ValueError(fault)
    return Envelope(data["header"], kept), refused
