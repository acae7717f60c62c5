"""approach: a manager task that starts a child for each job and is told of changes through a channel; a CapacityLimiter for room
"""
import traceback
from math import inf

import trio


class WorkerPool:
    """A manager task starts one child for each job; it is told of everything through one channel."""

    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.log = handler, workers, log
        self.tokens = trio.CapacityLimiter(workers + buffer)
        self.tell, self.told = trio.open_memory_channel(inf)
        self.jobs, self.running = {}, set()
        self.accepted = self.done = self.failed = 0
        self.closed = False
        self.nobody_waits = trio.Event()
        self.result = None
        self.scope = trio.CancelScope()

    async def __aenter__(self):
        self.block = trio.open_nursery()
        (await self.block.__aenter__()).start_soon(self._manager)
        return self

    async def __aexit__(self, _kind, error, _frames):
        self._stop(inf if error is None else 0.0)
        await self.block.__aexit__(None, None, None)
        return False

    async def _manager(self):
        try:
            with self.scope:
                async with trio.open_nursery() as self.children:
                    while not (self.closed and not self.jobs):
                        waiting = [number for number in self.jobs if number not in self.running]
                        for number in waiting[: self.workers - len(self.running)]:
                            self.running.add(number)
                            self.children.start_soon(self._child, number)
                        await self.told.receive()
        finally:
            self.result = list(self.jobs.values())
            self.running.clear()
            self.nobody_waits.set()

    async def _child(self, number):
        await trio.lowlevel.checkpoint()
        try:
            await self.handler(self.jobs[number])
        except Exception as error:
            self.failed += 1
            self.log("a job failed\n" + "".join(traceback.format_exception(error)))
            del self.jobs[number]
        else:
            self.done += 1
            del self.jobs[number]
        finally:
            self.running.discard(number)
            if number not in self.jobs:
                self.tokens.release_on_behalf_of(number)
            self.tell.send_nowait("ended")

    async def submit(self, job):
        if self.closed:
            raise PoolClosed("closed")
        number = object()
        with trio.CancelScope() as waiting:
            self.waits = getattr(self, "waits", set())
            self.waits.add(waiting)
            try:
                await self.tokens.acquire_on_behalf_of(number)
            finally:
                self.waits.discard(waiting)
        if self.closed:
            raise PoolClosed("closed while waiting")
        self.jobs[number] = job
        self.accepted += 1
        self.tell.send_nowait("accepted")

    def _stop(self, grace):
        if not self.closed:
            self.closed = True
            self.scope.deadline = trio.current_time() + grace
            for waiting in getattr(self, "waits", ()):
                waiting.cancel()
            self.tell.send_nowait("closed")

    async def shutdown(self, grace):
        self._stop(grace)
        await self.nobody_waits.wait()
        return self.result

    def statistics(self):
        queued = len(self.jobs) - len(self.running)
        return PoolStatistics(self.accepted, self.done, self.failed, len(self.running), queued)
