"""approach: no channel and no fixed tasks: a line of events in front, and a runner that takes the next job itself
"""
from collections import deque


class WorkerPool:
    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler = handler
        self.free = workers
        self.room = buffer
        self.queue = deque()
        self.waiters = deque()
        self.n = dict(accepted=0, done=0, failed=0, running=0)

    async def __aenter__(self):
        self._cm = trio.open_nursery()
        self.nursery = await self._cm.__aenter__()
        return self

    async def __aexit__(self, kind, error, tb):
        if error is not None:
            self.nursery.cancel_scope.cancel()
        await self._cm.__aexit__(None, None, None)

    async def submit(self, job):
        await trio.lowlevel.checkpoint()
        while self.free == 0 and len(self.queue) >= self.room:
            event = trio.Event()
            self.waiters.append(event)
            try:
                await event.wait()
            except BaseException:
                if event in self.waiters:
                    self.waiters.remove(event)
                else:
                    self._wake()
                raise
        self.n["accepted"] += 1
        if self.free:
            self.free -= 1
            self.n["running"] += 1
            self.nursery.start_soon(self._run, job)
        else:
            self.queue.append(job)

    def _wake(self):
        if self.waiters:
            self.waiters.popleft().set()

    async def _run(self, job):
        while True:
            try:
                await self.handler(job)
            finally:
                self.n["running"] -= 1
            self.n["done"] += 1
            if not self.queue:
                self.free += 1
                self._wake()
                return
            job = self.queue.popleft()
            self.n["running"] += 1
            self._wake()

    def statistics(self):
        return PoolStatistics(queued=len(self.queue), **self.n)
