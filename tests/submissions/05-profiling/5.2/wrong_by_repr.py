"""misconception: the repr of an event identifies it
fails: 5.2-equal-is-equal
says: of equal events the first is kept
"""
def dedupe(events):
    seen = set()
    kept = []
    for event in events:
        key = repr(event)
        if key not in seen:
            seen.add(key)
            kept.append(event)
    return kept
