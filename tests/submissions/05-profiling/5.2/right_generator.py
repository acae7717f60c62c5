"""approach: a generator, made a list at the end
"""
def firsts(events):
    seen = set()
    for event in events:
        before = len(seen)
        seen.add(event)
        if len(seen) > before:
            yield event


def dedupe(events):
    return list(firsts(events))
