"""misconception: when it is full, begin anew
fails: 5.3-limit
says: no more and no fewer
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items = max_items, {}

    def get(self, key):
        if key not in self.items:
            return None
        self.items[key] = value = self.items.pop(key)
        return value

    def put(self, key, value):
        if key not in self.items and len(self.items) >= self.max_items:
            self.items.clear()
        self.items.pop(key, None)
        self.items[key] = value
