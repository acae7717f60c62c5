"""misconception: a list in the class body is a default that each object gets anew
fails: 4.6-capacity-halves
says: two limits share nothing
"""
from contextlib import asynccontextmanager

import trio


class AdaptiveLimit:
    window = []

    def __init__(self, *, initial=8, minimum=1, maximum=1000):
        self.minimum, self.maximum = minimum, maximum
        self.limiter = trio.CapacityLimiter(initial)
        self.lowest = float("inf")

    @property
    def limit(self):
        return int(self.limiter.total_tokens)

    @asynccontextmanager
    async def hold(self):
        me = object()
        await self.limiter.acquire_on_behalf_of(me)
        begin = trio.current_time()
        try:
            yield
            self._learn(trio.current_time() - begin)
        finally:
            self.limiter.release_on_behalf_of(me)

    def _learn(self, latency):
        self.lowest = min(self.lowest, latency)
        self.window.append(latency)
        if len(self.window) < self.limit:
            return
        typical = sorted(self.window)[len(self.window) // 2]
        self.window.clear()
        wanted = self.limit + 1 if typical <= 1.5 * self.lowest else self.limit * 3 // 4
        self.limiter.total_tokens = max(self.minimum, min(wanted, self.maximum))
