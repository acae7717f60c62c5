"""misconception: what is not found any more is gone
fails: 5.3-gone
says: to all others it has no reference left
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items = max_items, {}
        self.history = []

    def get(self, key):
        if key not in self.items:
            return None
        self.items[key] = value = self.items.pop(key)
        return value

    def put(self, key, value):
        self.items.pop(key, None)
        self.items[key] = value
        if len(self.items) > self.max_items:
            del self.items[next(iter(self.items))]
        self.history.append(value)
