"""misconception: the workers notice by themselves that no more jobs come
fails: 3.1-at-once, 3.1-in-order, 3.1-waits-while-full, 3.1-statistics, 3.1-cancelled-submit, 3.1-any-job, 3.1-apart
says: every accepted job is done, once, before the block is left
"""
import trio


class WorkerPool:
    """Runs jobs, at most `workers` at the same time; an async context manager."""

    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.log = handler, workers, log
        self.inbox, self.outbox = trio.open_memory_channel(buffer)
        self.accepted = self.done = self.failed = self.running = 0

    async def __aenter__(self):
        self.nursery_manager = trio.open_nursery()
        self.nursery = await self.nursery_manager.__aenter__()
        for _ in range(self.workers):
            self.nursery.start_soon(self._work)
        return self

    async def __aexit__(self, kind, error, frames):
        if error is not None:
            self.nursery.cancel_scope.cancel()
        await self.nursery_manager.__aexit__(None, None, None)

    async def submit(self, job):
        await self.inbox.send(job)
        self.accepted += 1

    async def _work(self):
        async for job in self.outbox:
            self.running += 1
            await self.handler(job)
            self.running -= 1
            self.done += 1

    def statistics(self):
        queued = self.inbox.statistics().current_buffer_used
        return PoolStatistics(self.accepted, self.done, self.failed, self.running, queued)
