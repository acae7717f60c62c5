"""misconception: each late answer is a new reason to halve the limit
fails: 4.6-from-below
says: at least 90 % of what the best limit gives
"""
from contextlib import asynccontextmanager
from math import inf

import trio


class AdaptiveLimit:
    def __init__(self, *, initial=8, minimum=1, maximum=1000):
        self.minimum, self.maximum = minimum, maximum
        self.limiter = trio.CapacityLimiter(initial)
        self.lowest = inf
        self.window = []  # latencies seen since the last decision

    @property
    def limit(self):
        return int(self.limiter.total_tokens)

    @asynccontextmanager
    async def hold(self):
        me = object()  # one task may hold several places, so the borrower is not the task
        await self.limiter.acquire_on_behalf_of(me)
        begin = trio.current_time()
        try:
            yield
            self._learn(trio.current_time() - begin)
        finally:
            self.limiter.release_on_behalf_of(me)

    def _learn(self, latency):
        self.lowest = min(self.lowest, latency)
        wanted = self.limit + 1 if latency <= 1.2 * self.lowest else self.limit // 2
        self.limiter.total_tokens = max(self.minimum, min(wanted, self.maximum))
