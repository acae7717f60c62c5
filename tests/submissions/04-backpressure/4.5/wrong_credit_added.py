"""misconception: at the beginning of a round each class gets its weight in addition to what it has left
fails: 4.5-saves-nothing
says: gets nothing for the time it was away
"""
import trio


class PriorityQueue:
    def __init__(self, weights, *, capacity):
        self.weights = dict(sorted(weights.items(), key=lambda pair: -pair[1]))  # the heaviest first
        self.left = dict(self.weights)  # what each class may still take in this round
        self.waiting = {priority: [] for priority in self.weights}
        self.room, self.ready = trio.Semaphore(capacity), trio.Semaphore(0)

    async def put(self, priority, item):
        await self.room.acquire()
        self.waiting[priority].append(item)
        self.ready.release()

    async def get(self):
        await self.ready.acquire()
        present = [priority for priority, items in self.waiting.items() if items]
        if not any(self.left[priority] for priority in present):
            for priority, weight in self.weights.items():
                self.left[priority] += weight
        turn = next(priority for priority in present if self.left[priority])
        self.left[turn] -= 1
        self.room.release()
        return self.waiting[turn].pop(0)
