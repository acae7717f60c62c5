"""misconception: a job ends some time: wait for it
fails: 3.3-returns-the-rest, 3.3-everybody-the-same, 3.3-cancelled-caller, 3.3-cleaned-up, 3.3-how-it-ended
says: it waits neither for a stuck job nor for room
"""
import traceback
from math import inf

import trio


class WorkerPool:
    """Runs jobs, at most `workers` at the same time; stops without losing one out of sight."""

    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.log = handler, workers, log
        self.room = trio.Semaphore(workers + buffer)  # one for each job that may be with us
        self.inbox, self.outbox = trio.open_memory_channel(inf)
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
        self._begin_shutdown(inf if error is None else 0)
        await self.nursery_manager.__aexit__(None, None, None)

    async def submit(self, job):
        if not self.closed:
            await self.room.acquire()
        if self.closed:
            raise PoolClosed("the pool is shutting down")
        self.unfinished[self.accepted] = job  # from here to the end there is no await: accepted and noted are one step
        self.inbox.send_nowait(self.accepted)
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
        async for number in self.outbox:
            await trio.lowlevel.checkpoint_if_cancelled()  # it may have been handed over before the end, and come after
            self.running += 1
            try:
                await self.handler(self.unfinished[number])
            except Exception as error:
                self.failed += 1
                del self.unfinished[number]
                self.log("".join(traceback.format_exception(error)))
            else:
                self.done += 1
                del self.unfinished[number]
            finally:
                self.running -= 1
                self.room.release()

    def _begin_shutdown(self, grace):
        if not self.closed:
            self.closed = True
            self.inbox.close()
            if grace <= 0:
                self.scope.cancel()
            for _ in range(self.room.statistics().tasks_waiting):
                self.room.release()

    async def shutdown(self, grace):
        self._begin_shutdown(grace)
        await self.ended.wait()
        return list(self.unfinished.values())

    def statistics(self):
        queued = 0 if self.ended.is_set() else len(self.unfinished) - self.running
        return PoolStatistics(self.accepted, self.done, self.failed, self.running, queued)
