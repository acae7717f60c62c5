"""misconception: a key is its name, as text
fails: 5.3-remembers
says: 1 and '1' are two keys
"""
class RecentCache:
    """Remembers at most `max_items` values: the most recently used."""

    def __init__(self, max_items):
        """Begin empty; `max_items` is at least 1."""
        self.max_items = max_items
        self.items = OrderedDict()  # the least recently used first

    def get(self, key):
        """Return what was put last under this key, or None; this counts as use."""
        if str(key) not in self.items:
            return None
        self.items.move_to_end(str(key))
        return self.items[str(key)]

    def put(self, key, value):
        """Keep a value; if there are too many, the least recently used goes."""
        self.items[str(key)] = value
        self.items.move_to_end(str(key))
        if len(self.items) > self.max_items:
            self.items.popitem(last=False)
