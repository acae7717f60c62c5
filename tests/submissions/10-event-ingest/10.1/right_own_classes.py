"""approach: named tuples of its own in place of the dataclasses that are given, made by a converter that raises
"""
import json
from typing import NamedTuple


class Happened(NamedTuple):
    id: str
    type: str
    timestamp: float
    params: dict


class Batch(NamedTuple):
    header: dict
    events: tuple


class Refused(Exception):
    pass


def convert(raw):
    if not isinstance(raw, dict):
        raise Refused("not an object")
    for field, kind in (("id", str), ("type", str), ("timestamp", (int, float)), ("params", dict)):
        if field not in raw:
            raise Refused(f"{raw.get('id')}: no {field}")
        if not isinstance(raw[field], kind):
            raise Refused(f"{raw.get('id')}: {field} is wrong")
    return Happened(raw["id"], raw["type"], raw["timestamp"], raw["params"])


def decode(body, *, partial=False):
    parsed = json.loads(body)
    if not isinstance(parsed, dict) or not isinstance(parsed.get("header"), dict):
        raise ValueError("no header")
    if not isinstance(parsed.get("events"), list):
        raise ValueError("no events")
    events, refused = [], []
    for raw in parsed["events"]:
        try:
            events.append(convert(raw))
        except Refused as why:
            if not partial:
                raise ValueError(str(why)) from why
            refused.append(str(why))
    return Batch(parsed["header"], tuple(events)), refused
