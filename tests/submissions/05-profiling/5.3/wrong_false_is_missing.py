"""misconception: a value that is false is no value
fails: 5.3-remembers
says: values that are false are values
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items = max_items, {}

    def get(self, key):
        value = self.items.get(key)
        if not value:
            return None
        self.items[key] = self.items.pop(key)
        return value

    def put(self, key, value):
        self.items.pop(key, None)
        self.items[key] = value
        if len(self.items) > self.max_items:
            del self.items[next(iter(self.items))]
