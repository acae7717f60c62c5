"""approach: a dict that keeps the first value of each key
"""
def dedupe(events):
    first = {}
    for event in events:
        first.setdefault(event, event)
    return list(first.values())
