"""approach: a decoder object for each call, a method for each part, all errors translated in one place
"""
import json


class Decoder:
    def __init__(self, body):
        self.data = json.loads(body)
        self.refused = []

    def header(self):
        header = self.data["header"]
        header.keys()
        return header

    def events(self):
        raw = self.data["events"]
        raw.sort
        for each in raw:
            wrong = self.wrong(each)
            if wrong:
                self.refused.append(wrong)
            else:
                yield Event(**{name: each[name] for name in ("id", "type", "timestamp", "params")})

    def wrong(self, each):
        if not hasattr(each, "items"):
            return "no object"
        checks = {
            "id": lambda value: isinstance(value, str),
            "type": lambda value: isinstance(value, str),
            "timestamp": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
            "params": lambda value: isinstance(value, dict),
        }
        broken = [name for name, check in checks.items() if not check(each.get(name))]
        return f"{each.get('id')}: " + ", ".join(broken) if broken else ""


def decode(body, *, partial=False):
    try:
        decoder = Decoder(body)
        envelope = Envelope(decoder.header(), list(decoder.events()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no envelope: {error}") from error
    if decoder.refused and not partial:
        raise ValueError("\n".join(decoder.refused))
    return envelope, decoder.refused
