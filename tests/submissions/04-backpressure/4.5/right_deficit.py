"""approach: deficit round robin: a ring of classes, each visit gives its weight; an empty class loses its deficit
"""
from collections import deque

import trio


class PriorityQueue:
    def __init__(self, weights, *, capacity):
        self.weights = dict(weights)
        self.ring = deque(sorted(weights, key=lambda name: -weights[name]))
        self.deficit = None
        self.queues = {name: [] for name in weights}
        self.free = capacity
        self.putters, self.getters = deque(), deque()

    async def put(self, priority, item):
        await trio.lowlevel.checkpoint()
        while not self.free:
            await self.park(self.putters)
        self.free -= 1
        self.queues[priority].append(item)
        self.wake(self.getters)

    async def get(self):
        await trio.lowlevel.checkpoint()
        while not any(self.queues.values()):
            await self.park(self.getters)
        item = self.next_item()
        self.free += 1
        self.wake(self.putters)
        return item

    async def park(self, line):
        turn = trio.Event()
        line.append(turn)
        try:
            await turn.wait()
        except trio.Cancelled:
            if turn in line:
                line.remove(turn)
            else:
                self.wake(line)
            raise

    def wake(self, line):
        if line:
            line.popleft().set()

    def next_item(self):
        while True:
            name = self.ring[0]
            if self.deficit is None:
                self.deficit = self.weights[name]
            if self.queues[name] and self.deficit:
                self.deficit -= 1
                return self.queues[name].pop(0)
            self.deficit = None
            self.ring.rotate(-1)
