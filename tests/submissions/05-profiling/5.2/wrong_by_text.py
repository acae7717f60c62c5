"""misconception: events are equal if they look equal
fails: 5.2-equal-is-equal
says: of equal events the first is kept
"""
def dedupe(events):
    return list({str(event): event for event in reversed(events)}.values())[::-1]
