"""misconception: asking for the first index of each event is cheap
fails: 5.2-linear
says: an event is looked up in a few steps
"""
def dedupe(events):
    return [event for place, event in enumerate(events) if events.index(event) == place]
