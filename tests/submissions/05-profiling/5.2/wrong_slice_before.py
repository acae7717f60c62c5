"""misconception: a slice of what came before is free
fails: 5.2-linear
says: an event is looked up in a few steps
"""
def dedupe(events):
    return [event for place, event in enumerate(events) if event not in events[:place]]
