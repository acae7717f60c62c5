"""approach: an object that remembers
"""
class Seen:
    def __init__(self):
        self.events = set()

    def is_new(self, event):
        if event in self.events:
            return False
        self.events.add(event)
        return True


def dedupe(events):
    return list(filter(Seen().is_new, events))
