"""misconception: least recently is least often
fails: 5.3-any-order
says: get finds exactly the most recently used
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items, self.uses = max_items, {}, Counter()

    def get(self, key):
        if key not in self.items:
            return None
        self.uses[key] += 1
        return self.items[key]

    def put(self, key, value):
        if key not in self.items and len(self.items) >= self.max_items:
            rarest = min(self.items, key=lambda one: self.uses[one])
            del self.items[rarest], self.uses[rarest]
        self.items[key] = value
        self.uses[key] += 1
