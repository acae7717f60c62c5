"""misconception: a set keeps the order
fails: 5.2-first-ones
says: the first of each, in the order
"""
def dedupe(events):
    return list(set(events))
