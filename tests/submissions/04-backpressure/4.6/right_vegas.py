"""approach: Vegas: how many of ours wait over there is computed from lowest and present latency, and kept between two and four
"""
from contextlib import asynccontextmanager

import trio


class AdaptiveLimit:
    def __init__(self, *, initial=8, minimum=1, maximum=1000):
        self.limit, self.minimum, self.maximum = initial, minimum, maximum
        self.inside = 0
        self.lot = trio.lowlevel.ParkingLot()
        self.fastest = None
        self.samples = 0
        self.total = 0.0

    @asynccontextmanager
    async def hold(self):
        await trio.lowlevel.checkpoint()
        while self.inside >= self.limit:
            await self.lot.park()
        self.inside += 1
        start = trio.current_time()
        try:
            yield
            self.sample(trio.current_time() - start)
        finally:
            self.inside -= 1
            self.lot.unpark_all()

    def sample(self, latency):
        self.fastest = latency if self.fastest is None else min(self.fastest, latency)
        self.samples += 1
        self.total += latency
        if self.samples >= self.limit:
            mean = self.total / self.samples
            waiting = self.limit * (1 - self.fastest / mean) if mean else 0
            if waiting < 2:
                self.limit += 1
            elif waiting > 4:
                self.limit -= max(1, self.limit // 10)
            self.limit = min(max(self.limit, self.minimum), self.maximum)
            self.samples, self.total = 0, 0.0
