"""misconception: a default argument is made anew at each call
fails: 5.2-new-list
says: one call remembers nothing
"""
def dedupe(events, seen=set()):
    kept = []
    for event in events:
        if event not in seen:
            seen.add(event)
            kept.append(event)
    return kept
