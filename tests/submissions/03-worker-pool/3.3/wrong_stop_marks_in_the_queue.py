"""misconception: the order to stop goes through the queue, one mark for each worker, and waits there for room
fails: 3.3-returns-the-rest, 3.3-no-grace
says: it waits neither for a stuck job nor for room
"""
import traceback
from math import inf

import trio


class WorkerPool:
    """Runs jobs, at most `workers` at the same time; stops without losing one out of sight."""

    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.log = handler, workers, log
        self.inbox, self.outbox = trio.open_memory_channel(buffer)
        self.unfinished = {}  # number -> job, oldest first: accepted, and neither done nor failed
        self.accepted = self.done = self.failed = self.running = 0
        self.scope = trio.CancelScope()  # around the workers; its deadline is the end of the grace
        self.closed, self.ended = False, trio.Event()

    async def __aenter__(self):
        self.nursery_manager = trio.open_nursery()
        nursery = await self.nursery_manager.__aenter__()
        nursery.start_soon(self._run_workers)
        return self

    async def __aexit__(self, kind, error, frames):
        if error is not None:
            self.scope.cancel()
        await self.shutdown(inf)
        await self.nursery_manager.__aexit__(None, None, None)

    async def submit(self, job):
        if self.closed:
            raise PoolClosed("the pool is shutting down")
        number = self.accepted
        await self.inbox.send((number, job))
        self.unfinished[number] = job
        self.accepted += 1

    async def _run_workers(self):
        try:
            with self.scope:
                async with trio.open_nursery() as nursery:
                    for _ in range(self.workers):
                        nursery.start_soon(self._work)
        finally:
            self.ended.set()

    async def _work(self):
        async for number, job in self.outbox:
            if number is None:
                break
            self.running += 1
            try:
                await self.handler(job)
            except Exception as error:
                self.failed += 1
                del self.unfinished[number]
                self.log("".join(traceback.format_exception(error)))
            else:
                self.done += 1
                del self.unfinished[number]
            finally:
                self.running -= 1

    async def shutdown(self, grace):
        if not self.closed:
            self.closed = True
            for _ in range(self.workers):
                await self.inbox.send((None, None))
            self.scope.deadline = trio.current_time() + grace
        await self.ended.wait()
        return list(self.unfinished.values())

    def statistics(self):
        queued = 0 if self.ended.is_set() else len(self.unfinished) - self.running
        return PoolStatistics(self.accepted, self.done, self.failed, self.running, queued)
