"""misconception: a mark for each worker goes through the queue: it must be bounded, and it is full
fails: 3.3-finishes, 3.3-returns-the-rest, 3.3-closed, 3.3-waiting-submits, 3.3-everybody-the-same, 3.3-cancelled-caller, 3.3-no-grace, 3.3-cleaned-up, 3.3-how-it-ended, 3.3-leaving, 3.3-left-by-error, 3.3-accounting
says: within its grace a shutdown finishes what was accepted
"""
import traceback
from math import inf

import trio


class WorkerPool:
    """Runs jobs, at most `workers` at the same time; a job that fails is told and counted, and harms nobody else."""

    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.log = handler, workers, log
        self.inbox, self.outbox = trio.open_memory_channel(buffer)
        self.closed, self.ended, self.left = False, trio.Event(), {}
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
        else:
            await self.shutdown(inf)
        await self.nursery_manager.__aexit__(None, None, None)

    async def shutdown(self, grace):
        if not self.closed:
            self.closed = True
            with trio.move_on_after(grace) as scope:
                for _ in range(self.workers):
                    await self.inbox.send(None)
                await self.ended.wait()
            if scope.cancelled_caught:
                self.nursery.cancel_scope.cancel()
        await self.ended.wait()
        return list(self.left.values())

    async def submit(self, job):
        if self.closed:
            raise PoolClosed('closed')
        await self.inbox.send(job)
        if self.closed:
            raise PoolClosed('closed')
        self.accepted += 1

    async def _work(self):
        async for job in self.outbox:
            if job is None:
                break
            self.running += 1
            try:
                await self.handler(job)
                self.done += 1
            except Exception as error:
                self.failed += 1
                self.log("".join(traceback.format_exception(error)))
            finally:
                self.running -= 1

    def statistics(self):
        queued = self.inbox.statistics().current_buffer_used
        return PoolStatistics(self.accepted, self.done, self.failed, self.running, queued)
