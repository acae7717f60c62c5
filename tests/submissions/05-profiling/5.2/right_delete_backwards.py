"""approach: a copy, from which what came before is marked
"""
def dedupe(events):
    missing = object()
    kept = list(events)
    seen = set()
    for place, event in enumerate(kept):
        if event in seen:
            kept[place] = missing
        else:
            seen.add(event)
    return [event for event in kept if event is not missing]
