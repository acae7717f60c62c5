"""misconception: a limiter around the handler is a pool: the submitter runs the job itself
fails: 3.1-at-once, 3.1-waits-while-full, 3.1-statistics, 3.1-error-leaves, 3.1-cancelled-outside, 3.1-cancelled-submit, 3.1-apart
says: a job is accepted while a worker or the buffer has room
"""
import trio


class WorkerPool:
    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.limiter = handler, trio.Semaphore(workers)
        self.accepted = self.done = self.failed = self.running = 0

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, frames):
        return False

    async def submit(self, job):
        async with self.limiter:
            self.accepted += 1
            self.running += 1
            await self.handler(job)
            self.running -= 1
            self.done += 1

    def statistics(self):
        return PoolStatistics(self.accepted, self.done, self.failed, self.running, 0)
