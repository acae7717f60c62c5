"""misconception: no two items come at the same time
fails: 4.5-fifo
says: first in, first out
"""
import heapq


class PriorityQueue:
    def __init__(self, weights, *, capacity):
        self.weights = dict(weights)
        self.room, self.ready = trio.Semaphore(capacity), trio.Semaphore(0)
        self.waiting = {name: [] for name in sorted(weights, key=lambda name: -weights[name])}
        self.left = dict(weights)

    async def put(self, priority, item):
        await self.room.acquire()
        heapq.heappush(self.waiting[priority], (trio.current_time(), item))
        self.ready.release()

    async def get(self):
        await self.ready.acquire()
        present = [name for name, items in self.waiting.items() if items]
        if not any(self.left[name] for name in present):
            self.left = dict(self.weights)
        turn = next(name for name in present if self.left[name])
        self.left[turn] -= 1
        self.room.release()
        return heapq.heappop(self.waiting[turn])[1]
