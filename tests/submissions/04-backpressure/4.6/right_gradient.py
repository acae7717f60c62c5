"""approach: the gradient of Netflix's first limiter: limit times lowest over present latency, and the square root for a queue
"""
import math
from contextlib import asynccontextmanager

import trio


class AdaptiveLimit:
    def __init__(self, *, initial=8, minimum=1, maximum=1000):
        self.minimum, self.maximum = minimum, maximum
        self.estimate = float(initial)
        self.limiter = trio.CapacityLimiter(initial)
        self.floor = math.inf
        self.smooth = None

    @property
    def limit(self):
        return min(max(int(self.estimate), self.minimum), self.maximum)

    @asynccontextmanager
    async def hold(self):
        token = object()
        async with Borrowed(self.limiter, token):
            t0 = trio.current_time()
            yield
            self.update(trio.current_time() - t0)

    def update(self, rtt):
        self.floor = min(self.floor, rtt)
        self.smooth = rtt if self.smooth is None else 0.8 * self.smooth + 0.2 * rtt
        gradient = max(0.5, min(1.0, self.floor / self.smooth)) if self.smooth else 1.0
        target = self.estimate * gradient + math.sqrt(self.estimate)
        self.estimate += 0.1 * (target - self.estimate)
        self.estimate = max(self.minimum, min(self.maximum, self.estimate))
        self.limiter.total_tokens = self.limit


class Borrowed:
    def __init__(self, limiter, token):
        self.limiter, self.token = limiter, token

    async def __aenter__(self):
        await self.limiter.acquire_on_behalf_of(self.token)

    async def __aexit__(self, *exc):
        self.limiter.release_on_behalf_of(self.token)
