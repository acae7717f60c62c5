"""approach: a heap of uses; old entries of a key are passed over when they come up
"""
import heapq
from itertools import count


class RecentCache:
    def __init__(self, max_items):
        self.max_items = max_items
        self.values, self.used = {}, {}
        self.heap, self.clock = [], count()

    def touch(self, key):
        self.used[key] = next(self.clock)
        heapq.heappush(self.heap, (self.used[key], key))

    def get(self, key):
        if key not in self.values:
            return None
        self.touch(key)
        return self.values[key]

    def put(self, key, value):
        self.values[key] = value
        self.touch(key)
        while len(self.values) > self.max_items:
            when, oldest = heapq.heappop(self.heap)
            if self.used.get(oldest) == when:
                del self.values[oldest], self.used[oldest]
