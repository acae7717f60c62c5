"""approach: a subclass of OrderedDict with a get of its own
"""
from collections import OrderedDict


class RecentCache(OrderedDict):
    def __init__(self, max_items):
        super().__init__()
        self.max_items = max_items

    def get(self, key):
        if key in self:
            self.move_to_end(key)
            return self[key]
        return None

    def put(self, key, value):
        self[key] = value
        self.move_to_end(key)
        while len(self) > self.max_items:
            self.popitem(last=False)
