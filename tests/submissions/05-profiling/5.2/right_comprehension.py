"""approach: one comprehension; set.add returns None
"""
def dedupe(events):
    seen = set()
    return [event for event in events if not (event in seen or seen.add(event))]
