"""misconception: what is false is nothing
fails: 5.2-equal-is-equal
says: 1 and 1.0 are equal
"""
def dedupe(events):
    return [event for event in dict.fromkeys(events) if event]
