"""misconception: every put needs a place, also one of a key that is there
fails: 5.3-put-is-use
says: takes no second place
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
        if len(self.items) >= self.max_items:
            del self.items[next(iter(self.items))]
        self.items.pop(key, None)
        self.items[key] = value
