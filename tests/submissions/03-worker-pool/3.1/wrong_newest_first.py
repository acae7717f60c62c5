"""misconception: a list is a queue: pop() takes the newest
fails: 3.1-in-order, 3.1-error-leaves, 3.1-cancelled-submit, 3.1-apart
says: jobs start in the order in which they were accepted
"""
import trio


class WorkerPool:
    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.log = handler, workers, log
        self.room, self.filled = trio.Semaphore(workers + buffer), trio.Semaphore(0)
        self.stack = []
        self.accepted = self.done = self.failed = self.running = 0

    async def __aenter__(self):
        self.nursery_manager = trio.open_nursery()
        self.nursery = await self.nursery_manager.__aenter__()
        for _ in range(self.workers):
            self.nursery.start_soon(self._work)
        return self

    async def __aexit__(self, kind, error, frames):
        for _ in range(self.workers):
            self.filled.release()
        if error is not None:
            self.nursery.cancel_scope.cancel()
        await self.nursery_manager.__aexit__(None, None, None)

    async def submit(self, job):
        await self.room.acquire()
        self.stack.append(job)
        self.accepted += 1
        self.filled.release()

    async def _work(self):
        while True:
            await self.filled.acquire()
            if not self.stack:
                return
            job = self.stack.pop()
            self.running += 1
            await self.handler(job)
            self.running -= 1
            self.done += 1
            self.room.release()

    def statistics(self):
        return PoolStatistics(self.accepted, self.done, self.failed, self.running, len(self.stack))
