"""misconception: what is missing raises KeyError
fails: 5.3-remembers
says: get of what was never put is None
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items = max_items, {}

    def get(self, key):
        self.items[key] = value = self.items.pop(key)
        return value

    def put(self, key, value):
        self.items.pop(key, None)
        self.items[key] = value
        if len(self.items) > self.max_items:
            del self.items[next(iter(self.items))]
