"""approach: a number for each use; the smallest goes
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items, self.now = max_items, {}, 0

    def get(self, key):
        if key not in self.items:
            return None
        self.now += 1
        value, _ = self.items[key]
        self.items[key] = value, self.now
        return value

    def put(self, key, value):
        self.now += 1
        self.items[key] = value, self.now
        if len(self.items) > self.max_items:
            del self.items[min(self.items, key=lambda one: self.items[one][1])]
