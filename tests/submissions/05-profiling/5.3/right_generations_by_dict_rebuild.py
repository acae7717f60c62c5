"""approach: each use makes the dict anew, with the key at its end
"""
class RecentCache:
    def __init__(self, max_items):
        self.max_items, self.items = max_items, {}

    def get(self, key):
        found = self.items.get(key, self)
        if found is self:
            return None
        self.items = {**{k: v for k, v in self.items.items() if k != key}, key: found}
        return found

    def put(self, key, value):
        rest = [(k, v) for k, v in self.items.items() if k != key]
        self.items = dict([*rest, (key, value)][-self.max_items :])
