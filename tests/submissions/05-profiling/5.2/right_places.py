"""approach: the place of each first event, sorted
"""
def dedupe(events):
    place = {}
    for number, event in enumerate(events):
        place.setdefault(event, number)
    return [events[number] for number in sorted(place.values())]
