"""misconception: a round is not over before every class has had its turns
fails: 4.5-nobody-waits-for-the-absent
says: nobody waits for an absent class
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
        if not any(self.left.values()):
            self.left = dict(self.weights)
        turn = next(priority for priority in self.left if self.left[priority])
        while not self.waiting[turn]:
            await trio.sleep(0.1)
        self.left[turn] -= 1
        self.room.release()
        return self.waiting[turn].pop(0)
