"""approach: the keys of a Counter
"""
from collections import Counter


def dedupe(events):
    return [*Counter(events)]
