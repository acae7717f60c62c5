"""misconception: who was away has a right to the turns that it missed
fails: 4.5-saves-nothing
says: gets nothing for the time it was away
"""
import trio


class PriorityQueue:
    def __init__(self, weights, *, capacity):
        self.weights = weights
        self.served = dict.fromkeys(weights, 0)
        self.waiting = {priority: [] for priority in weights}
        self.room, self.ready = trio.Semaphore(capacity), trio.Semaphore(0)

    async def put(self, priority, item):
        await self.room.acquire()
        self.waiting[priority].append(item)
        self.ready.release()

    async def get(self):
        await self.ready.acquire()
        present = [priority for priority, items in self.waiting.items() if items]
        turn = min(present, key=lambda name: (self.served[name] / self.weights[name], -self.weights[name]))
        self.served[turn] += 1
        self.room.release()
        return self.waiting[turn].pop(0)
