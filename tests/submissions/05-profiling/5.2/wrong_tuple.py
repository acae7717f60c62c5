"""misconception: a tuple is as good as a list
fails: 5.2-first-ones
says: the first of each, in the order
"""
def dedupe(events):
    return tuple(dict.fromkeys(events))
