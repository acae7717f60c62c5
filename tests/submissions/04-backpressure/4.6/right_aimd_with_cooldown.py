"""approach: AIMD at each sample, with one decrease for each round trip, and a line of Events
"""
from collections import deque
from contextlib import asynccontextmanager

import trio


class AdaptiveLimit:
    def __init__(self, *, initial=8, minimum=1, maximum=1000):
        self.lo, self.hi = minimum, maximum
        self.value = float(initial)
        self.running = 0
        self.line = deque()
        self.best = float("inf")
        self.not_before = 0.0

    @property
    def limit(self):
        return int(self.value)

    @asynccontextmanager
    async def hold(self):
        if self.running >= self.limit or self.line:
            await self.stand_in_line()
        else:
            self.running += 1
        began = trio.current_time()
        done = False
        try:
            yield
            done = True
        finally:
            self.running -= 1
            if done:
                self.learn(began, trio.current_time())
            self.call()

    async def stand_in_line(self):
        turn = trio.Event()
        self.line.append(turn)
        try:
            await turn.wait()
        except trio.Cancelled:
            if turn.is_set():
                self.running -= 1
            else:
                self.line.remove(turn)
            self.call()
            raise

    def call(self):
        while self.line and self.running < self.limit:
            self.running += 1
            self.line.popleft().set()

    def learn(self, began, ended):
        latency = ended - began
        self.best = min(self.best, latency)
        if latency <= 2 * self.best:
            self.value += 1 / self.value
        elif began >= self.not_before:
            self.value *= 0.7
            self.not_before = ended
        self.value = min(max(self.value, self.lo), self.hi)
