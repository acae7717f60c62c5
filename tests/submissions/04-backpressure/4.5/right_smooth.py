"""approach: smooth weighted round robin, as nginx does it: current weights grow by the weight, the winner pays the sum
"""
from collections import deque

import trio


class PriorityQueue:
    def __init__(self, weights, *, capacity):
        self.weights = weights
        self.queues = {name: deque() for name in weights}
        self.current = dict.fromkeys(weights, 0)
        self.room = trio.Semaphore(capacity)
        self.ready = trio.Semaphore(0)

    async def put(self, priority, item):
        await self.room.acquire()
        self.queues[priority].append(item)
        self.ready.release()

    async def get(self):
        await self.ready.acquire()
        present = [name for name in self.queues if self.queues[name]]
        for name in present:
            self.current[name] += self.weights[name]
        winner = max(present, key=lambda name: (self.current[name], self.weights[name]))
        self.current[winner] -= sum(self.weights[name] for name in present)
        self.room.release()
        item = self.queues[winner].popleft()
        if not self.queues[winner]:
            self.current[winner] = min(self.current[winner], 0)
        return item
