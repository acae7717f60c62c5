"""misconception: the list may be mended in place
fails: 5.2-first-ones
says: the list that it was given is not changed
"""
def dedupe(events):
    kept = list(dict.fromkeys(events))
    events[:] = kept
    return kept
