"""approach: one round is written out as a list of turns; a pointer walks over it and passes absent classes
"""
from collections import defaultdict, deque

import trio


class PriorityQueue:
    def __init__(self, weights, *, capacity):
        by_weight = sorted(weights, key=weights.get, reverse=True)
        self.turns = [name for name in by_weight for _ in range(weights[name])]
        self.place = 0
        self.items = defaultdict(deque)
        self.room = trio.CapacityLimiter(capacity)
        self.news, self.count = trio.lowlevel.ParkingLot(), 0

    async def put(self, priority, item):
        entry = (item, object())
        await self.room.acquire_on_behalf_of(entry[1])
        self.items[priority].append(entry)
        self.count += 1
        self.news.unpark_all()

    async def get(self):
        while self.count == 0:
            await self.news.park()
        self.count -= 1
        item, borrower = self.next_entry()
        self.room.release_on_behalf_of(borrower)
        return item

    def next_entry(self):
        while not self.items[self.turns[self.place]]:
            self.place = (self.place + 1) % len(self.turns)
        name = self.turns[self.place]
        self.place = (self.place + 1) % len(self.turns)
        return self.items[name].popleft()
