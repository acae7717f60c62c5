"""misconception: who waits for room keeps it, also when it gives up
fails: 3.1-cancelled-submit
says: room is as before
"""
from math import inf

import trio


class WorkerPool:
    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.room = handler, workers, workers + buffer
        self.inbox, self.outbox = trio.open_memory_channel(inf)
        self.freed = trio.Condition()
        self.asked = self.accepted = self.done = self.failed = self.running = 0

    async def __aenter__(self):
        self.nursery_manager = trio.open_nursery()
        self.nursery = await self.nursery_manager.__aenter__()
        for _ in range(self.workers):
            self.nursery.start_soon(self._work)
        return self

    async def __aexit__(self, kind, error, frames):
        self.inbox.close()
        if error is not None:
            self.nursery.cancel_scope.cancel()
        await self.nursery_manager.__aexit__(None, None, None)

    async def submit(self, job):
        ticket = self.asked
        self.asked += 1
        async with self.freed:
            while ticket >= self.done + self.room:
                await self.freed.wait()
        self.accepted += 1
        self.inbox.send_nowait(job)

    async def _work(self):
        async for job in self.outbox:
            self.running += 1
            await self.handler(job)
            self.running -= 1
            self.done += 1
            async with self.freed:
                self.freed.notify_all()

    def statistics(self):
        queued = self.accepted - self.done - self.running
        return PoolStatistics(self.accepted, self.done, self.failed, self.running, queued)
