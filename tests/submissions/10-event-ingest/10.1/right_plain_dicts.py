"""approach: events stay the plain objects of the JSON text, and the fast way is tried first
"""
import json

KINDS = (str, str, (int, float), dict)


def good(raw):
    try:
        values = raw["id"], raw["type"], raw["timestamp"], raw["params"]
    except (TypeError, KeyError, IndexError):
        return False
    return isinstance(raw, dict) and all(map(isinstance, values, KINDS))


def decode(body, *, partial=False):
    data = json.loads(body)
    if not (isinstance(data, dict) and isinstance(data.get("header"), dict) and isinstance(data.get("events"), list)):
        raise ValueError("no envelope")
    if all(map(good, data["events"])):
        return {"header": data["header"], "events": data["events"]}, []
    if not partial:
        raise ValueError("a bad event")
    bad = [raw for raw in data["events"] if not good(raw)]
    kept = [raw for raw in data["events"] if good(raw)]
    return {"header": data["header"], "events": kept}, [f"{raw.get('id') if isinstance(raw, dict) else raw!r} is bad" for raw in bad]
