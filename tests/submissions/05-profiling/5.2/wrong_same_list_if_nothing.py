"""misconception: with nothing to drop the list itself is the result
fails: 5.2-new-list
says: the result is a new list
"""
def dedupe(events):
    kept = list(dict.fromkeys(events))
    return events if len(kept) == len(events) else kept
