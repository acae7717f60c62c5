"""misconception: order means sorted
fails: 5.2-first-ones
says: the first of each, in the order
"""
def dedupe(events):
    return sorted(set(events))
