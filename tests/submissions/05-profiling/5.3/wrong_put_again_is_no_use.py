"""misconception: a key keeps the place of its first put
fails: 5.3-put-is-use
says: put counts as use
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
        if len(self.items) > self.max_items:
            del self.items[next(iter(self.items))]
