"""misconception: the wall clock tells which came first
fails: 5.3-any-order
says: get finds exactly the most recently used
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items, self.used = max_items, {}, {}

    def get(self, key):
        if key not in self.items:
            return None
        self.used[key] = int(time.time())
        return self.items[key]

    def put(self, key, value):
        self.items[key] = value
        self.used[key] = int(time.time())
        if len(self.items) > self.max_items:
            oldest = min(self.items, key=self.used.get)
            del self.items[oldest], self.used[oldest]
