"""misconception: there is only one pool: its numbers may live in the class
fails: 3.1-statistics, 3.1-cancelled-submit, 3.1-any-job, 3.1-apart
says: each pool counts its own jobs
"""
import trio


class WorkerPool:
    """Runs jobs, at most `workers` at the same time; an async context manager."""

    numbers = dict.fromkeys(['accepted', 'done', 'failed', 'running'], 0)

    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.log = handler, workers, log
        self.inbox, self.outbox = trio.open_memory_channel(buffer)

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
        await self.inbox.send(job)
        self.numbers['accepted'] += 1

    async def _work(self):
        async for job in self.outbox:
            self.numbers['running'] += 1
            await self.handler(job)
            self.numbers['running'] -= 1
            self.numbers['done'] += 1

    def statistics(self):
        queued = self.inbox.statistics().current_buffer_used
        return PoolStatistics(**self.numbers, queued=queued)
