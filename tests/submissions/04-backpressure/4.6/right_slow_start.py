"""approach: TCP from end to end: doubles until the first long latency, then additive increase and halving once for each window
"""
from contextlib import asynccontextmanager

import trio


class AdaptiveLimit:
    def __init__(self, *, initial=8, minimum=1, maximum=1000):
        self._minimum, self._maximum = minimum, maximum
        self._limiter = trio.CapacityLimiter(initial)
        self._slow_start = True
        self._lowest = float("inf")
        self._count = self._late = 0

    @property
    def limit(self):
        return self._limiter.total_tokens

    @asynccontextmanager
    async def hold(self):
        key = object()
        await self._limiter.acquire_on_behalf_of(key)
        t = trio.current_time()
        try:
            yield
        except BaseException:
            self._limiter.release_on_behalf_of(key)
            raise
        self._limiter.release_on_behalf_of(key)
        self._answer(trio.current_time() - t)

    def _answer(self, latency):
        self._lowest = min(self._lowest, latency)
        self._count += 1
        self._late += latency > 2.5 * self._lowest
        if self._count < self.limit:
            return
        late, self._count, self._late = self._late > self._count // 2, 0, 0
        if late:
            self._slow_start = False
            new = int(self.limit * 0.6)
        else:
            new = self.limit * 2 if self._slow_start else self.limit + 1
        self._limiter.total_tokens = sorted((self._minimum, new, self._maximum))[1]
