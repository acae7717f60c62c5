"""misconception: what came twice is dropped altogether
fails: 5.2-first-ones
says: the first of each, in the order
"""
from collections import Counter


def dedupe(events):
    counts = Counter(events)
    return [event for event in events if counts[event] == 1]
