"""misconception: what is moved to another dict is gone
fails: 5.3-gone
says: to all others it has no reference left
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items = max_items, {}
        self.evicted = {}

    def get(self, key):
        if key not in self.items:
            return None
        self.items[key] = value = self.items.pop(key)
        return value

    def put(self, key, value):
        self.items.pop(key, None)
        self.items[key] = value
        if len(self.items) > self.max_items:
            oldest = next(iter(self.items))
            self.evicted[oldest] = self.items.pop(oldest)
