"""misconception: taking from the front of a list is free
fails: 5.2-no-copies
says: no list or set is copied
"""
def dedupe(events):
    rest, seen, kept = list(events), set(), []
    while rest:
        event, *rest = rest
        if event not in seen:
            seen.add(event)
            kept.append(event)
    return kept
