"""misconception: measuring is enough, refusing is the callers' business
fails: 4.6-at-most-limit
says: at most limit blocks run at the same time
"""
from contextlib import asynccontextmanager
from math import inf

import trio


class AdaptiveLimit:
    def __init__(self, *, initial=8, minimum=1, maximum=1000):
        self.limit, self.minimum, self.maximum = initial, minimum, maximum
        self.lowest = inf

    @asynccontextmanager
    async def hold(self):
        begin = trio.current_time()
        yield
        latency = trio.current_time() - begin
        self.lowest = min(self.lowest, latency)
        wanted = self.limit + 1 if latency <= 2 * self.lowest else self.limit * 3 // 4
        self.limit = max(self.minimum, min(wanted, self.maximum))
