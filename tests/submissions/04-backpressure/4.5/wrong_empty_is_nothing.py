"""misconception: an empty item is none
fails: 4.5-fifo
says: an item may be anything
"""
class PriorityQueue:
    """A bounded queue in which each class of items has a share."""

    def __init__(self, weights, *, capacity):
        """Make an empty queue; `weights` maps each class to its share, a whole number."""
        self.weights = dict(sorted(weights.items(), key=lambda pair: -pair[1]))  # the heaviest first
        self.left = dict(self.weights)  # what each class may still take in this round
        self.waiting = {priority: [] for priority in self.weights}
        self.room, self.ready = trio.Semaphore(capacity), trio.Semaphore(0)

    async def put(self, priority, item):
        """Add an item to a class; wait while the queue is full."""
        await self.room.acquire()
        self.waiting[priority].append(item)
        self.ready.release()

    async def get(self):
        """Return the item whose turn it is; wait while there is none."""
        await self.ready.acquire()
        present = [priority for priority, items in self.waiting.items() if items]
        if not any(self.left[priority] for priority in present):
            self.left = dict(self.weights)  # a new round: what was not used is gone
        turn = next(priority for priority in present if self.left[priority])
        self.left[turn] -= 1
        self.room.release()
        item = self.waiting[turn].pop(0)
        return item if item or item == 0 else await self.get()
