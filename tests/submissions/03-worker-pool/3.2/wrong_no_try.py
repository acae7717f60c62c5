"""misconception: a job's error is nobody's business here
fails: 3.2-goes-on, 3.2-logged, 3.2-counted, 3.2-every-kind, 3.2-prints
says: the jobs after one that raises are done as if nothing had happened
"""
import trio


class WorkerPool:
    """Runs jobs, at most `workers` at the same time; a job that fails is told and counted, and harms nobody else."""

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
        self.inbox.close()
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
