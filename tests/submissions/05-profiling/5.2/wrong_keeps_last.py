"""misconception: the newest of the equal events is the one to keep
fails: 5.2-first-ones
says: the first of each, in the order
"""
def dedupe(events):
    kept = {}
    for event in events:
        kept.pop(event, None)
        kept[event] = event
    return list(kept.values())
