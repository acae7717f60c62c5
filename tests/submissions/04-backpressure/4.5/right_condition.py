"""approach: one condition for everything, and credits that are given out anew when they are used up
"""
from collections import deque

import trio


class PriorityQueue:
    def __init__(self, weights, *, capacity):
        self.order = sorted(weights.items(), key=lambda pair: pair[1], reverse=True)
        self.credit = {}
        self.lines = {name: deque() for name in weights}
        self.capacity = capacity
        self.changed = trio.Condition()

    def size(self):
        return sum(map(len, self.lines.values()))

    async def put(self, priority, item):
        async with self.changed:
            while self.size() >= self.capacity:
                await self.changed.wait()
            self.lines[priority].append(item)
            self.changed.notify_all()

    async def get(self):
        async with self.changed:
            while self.size() == 0:
                await self.changed.wait()
            item = self.pick()
            self.changed.notify_all()
        return item

    def pick(self):
        for _ in range(2):
            for name, _ in self.order:
                if self.lines[name] and self.credit.get(name, 0) > 0:
                    self.credit[name] -= 1
                    return self.lines[name].popleft()
            self.credit = dict(self.order)
        raise AssertionError("somebody has both")
