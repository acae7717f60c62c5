"""misconception: `seen | {event}` extends the set
fails: 5.2-no-copies
says: no list or set is copied
"""
def dedupe(events):
    seen, kept = frozenset(), []
    for event in events:
        if event not in seen:
            seen = seen | {event}
            kept.append(event)
    return kept
