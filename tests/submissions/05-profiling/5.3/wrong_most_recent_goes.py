"""misconception: the newest is the one to give up
fails: 5.3-limit
says: those that were put last are kept
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
            self.items.popitem()
        self.items.pop(key, None)
        self.items[key] = value
