"""misconception: of equal events it does not matter which object is kept
fails: 5.2-equal-is-equal
says: of equal events the first is kept
"""
def dedupe(events):
    kept = {}
    for event in events:
        kept[event] = event
    return list(kept.values())
