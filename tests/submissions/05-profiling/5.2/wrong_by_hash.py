"""misconception: events with the same hash are equal
fails: 5.2-equal-is-equal
says: the same hash need not be equal
"""
def dedupe(events):
    seen = set()
    kept = []
    for event in events:
        if hash(event) not in seen:
            seen.add(hash(event))
            kept.append(event)
    return kept
