"""approach: a list of keys in the order of their use, beside the dict
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items, self.order = max_items, {}, []

    def get(self, key):
        if key not in self.items:
            return None
        self.order.remove(key)
        self.order.append(key)
        return self.items[key]

    def put(self, key, value):
        if key in self.items:
            self.order.remove(key)
        elif len(self.order) == self.max_items:
            del self.items[self.order.pop(0)]
        self.order.append(key)
        self.items[key] = value
