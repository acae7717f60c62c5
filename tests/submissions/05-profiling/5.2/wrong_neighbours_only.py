"""misconception: equal events come one after the other
fails: 5.2-first-ones
says: the first of each, in the order
"""
from itertools import groupby


def dedupe(events):
    return [event for event, _ in groupby(events)]
