"""misconception: workers live outside of every block
fails: 3.1-at-once, 3.1-error-leaves, 3.1-cancelled-outside, 3.1-apart
says: running jobs are cut off, queued ones never start
"""
import trio


class WorkerPool:
    """Runs jobs, at most `workers` at the same time; an async context manager."""

    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.log = handler, workers, log
        self.inbox, self.outbox = trio.open_memory_channel(buffer)
        self.accepted = self.done = self.failed = self.running = 0

    async def __aenter__(self):
        for _ in range(self.workers):
            trio.lowlevel.spawn_system_task(self._work)
        return self

    async def __aexit__(self, kind, error, frames):
        self.inbox.close()
        while error is None and self.done < self.accepted:
            await trio.sleep(0.25)

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
