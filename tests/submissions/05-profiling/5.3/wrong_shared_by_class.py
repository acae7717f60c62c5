"""misconception: an attribute of the class belongs to each object
fails: 5.3-put-is-use
says: two caches share nothing
"""
class RecentCache:
    items = {}

    def __init__(self, max_items):
        self.max_items = max_items

    def get(self, key):
        if key not in self.items:
            return None
        self.items[key] = value = self.items.pop(key)
        return value

    def put(self, key, value):
        self.items.pop(key, None)
        self.items[key] = value
        while len(self.items) > self.max_items:
            del self.items[next(iter(self.items))]
