"""misconception: a deque is fast at everything
fails: 5.2-linear
says: an event is looked up in a few steps
"""
from collections import deque


def dedupe(events):
    kept = deque()
    for event in events:
        if event not in kept:
            kept.append(event)
    return list(kept)
