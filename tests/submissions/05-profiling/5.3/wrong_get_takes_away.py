"""misconception: who gets a value takes it
fails: 5.3-remembers
says: get does not take away
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items = max_items, {}

    def get(self, key):
        return self.items.pop(key, None)

    def put(self, key, value):
        self.items.pop(key, None)
        self.items[key] = value
        if len(self.items) > self.max_items:
            del self.items[next(iter(self.items))]
