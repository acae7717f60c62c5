"""misconception: equal events are the same object
fails: 5.2-equal-is-equal
says: of equal events the first is kept
"""
def dedupe(events):
    seen = {}
    for event in events:
        seen.setdefault(id(event), event)
    return list(seen.values())
