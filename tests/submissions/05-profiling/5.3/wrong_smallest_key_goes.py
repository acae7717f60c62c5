"""misconception: the smallest key is the oldest
fails: 5.3-any-order
says: get finds exactly the most recently used
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
        self.items.pop(key, None)
        self.items[key] = value
        if len(self.items) > self.max_items:
            del self.items[min(self.items)]
