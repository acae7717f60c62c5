"""misconception: 1 and 1.0 are two events
fails: 5.2-equal-is-equal
says: 1 and 1.0 are equal
"""
def dedupe(events):
    return [event for _, event in dict.fromkeys((type(event), event) for event in events)]
