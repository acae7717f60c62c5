"""misconception: `insert(0, ...)` is as cheap as `append`
fails: 5.2-no-copies
says: no rest is moved up
"""
def dedupe(events):
    last_place = {event: place for place, event in reversed(list(enumerate(events)))}
    kept = []
    for place in range(len(events) - 1, -1, -1):
        if last_place[events[place]] == place:
            kept.insert(0, events[place])
    return kept
