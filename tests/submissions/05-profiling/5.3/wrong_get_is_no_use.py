"""misconception: only writing is use (first in, first out)
fails: 5.3-get-is-use
says: get counts as use
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items = max_items, {}

    def get(self, key):
        return self.items.get(key)

    def put(self, key, value):
        self.items.pop(key, None)
        self.items[key] = value
        if len(self.items) > self.max_items:
            del self.items[next(iter(self.items))]
