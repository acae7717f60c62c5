"""misconception: `kept + [event]` extends the list
fails: 5.2-no-copies
says: no list or set is copied
"""
def dedupe(events):
    seen, kept = set(), []
    for event in events:
        if event not in seen:
            seen.add(event)
            kept = kept + [event]
    return kept
