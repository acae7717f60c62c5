"""misconception: `in` is as cheap for a list as for a set
fails: 5.2-linear
says: an event is looked up in a few steps
"""
def dedupe(events):
    kept = []
    for event in events:
        if event not in kept:
            kept.append(event)
    return kept
