"""approach: a set of what was seen beside the list
"""
def dedupe(events):
    seen, kept = set(), []
    for event in events:
        if event not in seen:
            seen.add(event)
            kept.append(event)
    return kept
