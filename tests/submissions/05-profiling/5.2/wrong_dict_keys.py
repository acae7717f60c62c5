"""misconception: keys() is a list
fails: 5.2-first-ones
says: the first of each, in the order
"""
def dedupe(events):
    return dict.fromkeys(events).keys()
