"""approach: Little's law: answers per second times the lowest latency is what the dependency carries; probe a little above it
"""
from contextlib import asynccontextmanager

import trio


class AdaptiveLimit:
    def __init__(self, *, initial=8, minimum=1, maximum=1000):
        self.limit = initial
        self.bounds = (minimum, maximum)
        self.free = trio.Semaphore(0)
        self.inside = 0
        self.waiting = 0
        self.lowest = float("inf")
        self.ends = []

    @asynccontextmanager
    async def hold(self):
        await self.enter()
        start = trio.current_time()
        try:
            yield
            self.note(start)
        finally:
            self.inside -= 1
            self.let_in()

    async def enter(self):
        self.waiting += 1
        self.let_in()
        try:
            await self.free.acquire()
        except trio.Cancelled:
            if self.free.value:
                self.free.acquire_nowait()
                self.inside -= 1
            else:
                self.waiting -= 1
            self.let_in()
            raise

    def let_in(self):
        while self.waiting and self.inside < self.limit:
            self.waiting -= 1
            self.inside += 1
            self.free.release()

    def note(self, start):
        now = trio.current_time()
        self.lowest = min(self.lowest, now - start)
        self.ends.append(now)
        span = now - self.ends[0]
        if span >= 4 * self.lowest and span > 0:
            rate = (len(self.ends) - 1) / span
            carried = rate * self.lowest
            low, high = self.bounds
            self.limit = max(low, min(high, int(1.3 * carried) + 2))
            self.ends = [now]
