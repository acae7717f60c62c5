"""misconception: asking for what is not there keeps a place for it
fails: 5.3-gone
says: holds max_items values
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items, self.order = max_items, {}, []

    def get(self, key):
        if key in self.order:
            self.order.remove(key)
        self.order.append(key)
        return self.items.get(key)

    def put(self, key, value):
        if key in self.order:
            self.order.remove(key)
        self.order.append(key)
        self.items[key] = value
        while len(self.order) > self.max_items:
            self.items.pop(self.order.pop(0), None)
