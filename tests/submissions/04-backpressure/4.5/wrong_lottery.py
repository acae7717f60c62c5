"""misconception: on average each class gets its share, and that is enough
fails: 4.5-shares
says: each whole round holds exactly weight items of each
"""
import random

import trio


class PriorityQueue:
    def __init__(self, weights, *, capacity):
        self.weights = weights
        self.waiting = {priority: [] for priority in weights}
        self.room, self.ready = trio.Semaphore(capacity), trio.Semaphore(0)
        self.random = random.Random(4)

    async def put(self, priority, item):
        await self.room.acquire()
        self.waiting[priority].append(item)
        self.ready.release()

    async def get(self):
        await self.ready.acquire()
        present = [priority for priority, items in self.waiting.items() if items]
        (turn,) = self.random.choices(present, [self.weights[name] for name in present])
        self.room.release()
        return self.waiting[turn].pop(0)
