"""misconception: a get that finds nothing leaves None behind
fails: 5.3-any-order
says: get finds exactly the most recently used
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items = max_items, {}

    def get(self, key):
        self.items[key] = value = self.items.pop(key, None)
        return value

    def put(self, key, value):
        self.items.pop(key, None)
        self.items[key] = value
        if len(self.items) > self.max_items:
            del self.items[next(iter(self.items))]
        while len(self.items) > self.max_items:
            del self.items[next(iter(self.items))]
