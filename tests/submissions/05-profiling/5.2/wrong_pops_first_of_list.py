"""misconception: `pop(0)` takes the first element away and costs nothing else, as from a queue
fails: 5.2-no-copies
says: no rest is moved up
"""
def dedupe(events):
    todo = list(events)
    seen = set()
    kept = []
    while todo:
        event = todo.pop(0)
        if event not in seen:
            seen.add(event)
            kept.append(event)
    return kept
