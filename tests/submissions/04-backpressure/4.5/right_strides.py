"""approach: each class has a virtual time that moves by 1 / weight; the earliest is next, and who comes back starts at the present
"""
from collections import deque
from fractions import Fraction

import trio


class PriorityQueue:
    def __init__(self, weights, *, capacity):
        self.capacity = capacity
        self.strides = {name: Fraction(1, weight) for name, weight in weights.items()}
        self.due = dict.fromkeys(weights, Fraction(0))
        self.present = Fraction(0)
        self.queues = {name: deque() for name in weights}
        self.size = 0
        self.not_full = trio.lowlevel.ParkingLot()
        self.not_empty = trio.lowlevel.ParkingLot()

    async def put(self, priority, item):
        await trio.lowlevel.checkpoint()
        while self.size >= self.capacity:
            try:
                await self.not_full.park()
            except trio.Cancelled:
                self.not_full.unpark()
                raise
        queue = self.queues[priority]
        if not queue:
            self.due[priority] = max(self.due[priority], self.present)
        queue.append(item)
        self.size += 1
        self.not_empty.unpark()

    async def get(self):
        await trio.lowlevel.checkpoint()
        while not self.size:
            try:
                await self.not_empty.park()
            except trio.Cancelled:
                self.not_empty.unpark()
                raise
        waiting = [name for name, queue in self.queues.items() if queue]
        name = min(waiting, key=lambda name: (self.due[name], self.strides[name]))
        self.present = self.due[name]
        self.due[name] += self.strides[name]
        self.size -= 1
        self.not_full.unpark()
        return self.queues[name].popleft()
