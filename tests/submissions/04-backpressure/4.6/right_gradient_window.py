"""approach: one decision for each window by the ratio of latencies, with a tolerance of half as much again
"""
from contextlib import asynccontextmanager
from statistics import mean

import trio


class AdaptiveLimit:
    def __init__(self, *, initial=8, minimum=1, maximum=1000):
        self.limit = initial
        self.minimum = minimum
        self.maximum = maximum
        self._free = trio.Event()
        self._inside = 0
        self._lowest = float("inf")
        self._seen = []

    @asynccontextmanager
    async def hold(self):
        while self._inside >= self.limit:
            await self._free.wait()
        self._inside += 1
        start = trio.current_time()
        try:
            yield
        finally:
            self._inside -= 1
            self._learn(trio.current_time() - start)
            self._free.set()
            self._free = trio.Event()

    def _learn(self, latency):
        if latency > 0:
            self._lowest = min(self._lowest, latency)
        self._seen.append(latency)
        if len(self._seen) >= max(5, self.limit):
            typical = mean(self._seen) or self._lowest
            self._seen = []
            gradient = max(0.6, min(1.0, 1.5 * self._lowest / typical))
            self.limit = max(self.minimum, min(self.maximum, round(self.limit * gradient) + 1))
