"""misconception: a cache that is asked for often stays small
fails: 5.3-limit
says: keeps max_items
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
        self.items[key] = value
