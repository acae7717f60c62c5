"""approach: a condition variable around a deque; workers and submitters wait on it
"""
import math
import traceback
from collections import deque

import trio


class WorkerPool:
    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.size, self.buffer, self.log = handler, workers, buffer, log
        self.queue = deque()
        self.in_hand = {}
        self.counts = {"accepted": 0, "done": 0, "failed": 0}
        self.closed = False
        self.news = trio.Condition()
        self.finished = trio.Event()
        self.crew = trio.CancelScope()

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        (await self.manager.__aenter__()).start_soon(self.manage)
        return self

    async def manage(self):
        try:
            with self.crew:
                async with trio.open_nursery() as nursery:
                    for _ in range(self.size):
                        nursery.start_soon(self.worker)
        finally:
            self.finished.set()

    async def worker(self):
        while True:
            async with self.news:
                while not self.queue and not self.closed:
                    await self.news.wait()
                if not self.queue:
                    return
                await trio.lowlevel.checkpoint()
                number, job = self.queue.popleft()
                self.in_hand[number] = job
            try:
                await self.handler(job)
            except Exception as error:
                self.counts["failed"] += 1
                del self.in_hand[number]
                for line in traceback.format_exception(type(error), error, error.__traceback__):
                    self.log(line, end="")
            else:
                self.counts["done"] += 1
                del self.in_hand[number]
            with trio.CancelScope(shield=True):
                async with self.news:
                    self.news.notify_all()

    async def submit(self, job):
        async with self.news:
            while not self.closed and len(self.queue) + len(self.in_hand) >= self.size + self.buffer:
                await self.news.wait()
            if self.closed:
                raise PoolClosed("too late")
            self.queue.append((self.counts["accepted"], job))
            self.counts["accepted"] += 1
            self.news.notify_all()

    async def close(self, grace):
        if not self.closed:
            self.closed = True
            self.crew.deadline = trio.current_time() + grace
            with trio.CancelScope(shield=True):
                async with self.news:
                    self.news.notify_all()

    async def shutdown(self, grace):
        await self.close(grace)
        await self.finished.wait()
        return [job for _, job in sorted([*self.in_hand.items(), *self.queue], key=lambda pair: pair[0])]

    async def __aexit__(self, kind, error, frames):
        await self.close(0 if error else math.inf)
        await self.manager.__aexit__(None, None, None)

    def statistics(self):
        running = 0 if self.finished.is_set() else len(self.in_hand)
        return PoolStatistics(**self.counts, running=running, queued=len(self.queue))
