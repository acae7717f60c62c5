"""misconception: functools.lru_cache would remember the values for me
fails: 5.3-gone
says: to all others it has no reference left
"""
import functools


class RecentCache:
    def __init__(self, max_items):
        self.max_items = max_items
        self.values = {}
        self.order = functools.lru_cache(maxsize=None)(lambda key: key)
        self.keys = []

    def get(self, key):
        if key not in self.keys:
            return None
        self.keys.remove(key)
        self.keys.append(key)
        return self.values[key]

    def put(self, key, value):
        self.values[key] = value
        self.order(key)
        if key in self.keys:
            self.keys.remove(key)
        self.keys.append(key)
        del self.keys[: -self.max_items]
