"""approach: an entry with a state and a cancel scope for each job, a timer task, and its own exception and statistics classes
"""
import traceback
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from math import inf

import trio


class PoolClosed(Exception):
    pass


@dataclass(frozen=True)
class PoolStatistics:
    accepted: int
    done: int
    failed: int
    running: int
    queued: int


@dataclass
class Entry:
    job: object
    state: str = "queued"
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)


class WorkerPool:
    """Every job ever accepted has an entry with its state; the numbers are counted from these."""

    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.log = handler, workers, log
        self.places = trio.Semaphore(workers + buffer)
        self.ready = trio.Semaphore(0)
        self.entries = []
        self.closed = self.cut = False
        self.leaving = trio.Event()
        self.ended = trio.Event()

    async def __aenter__(self):
        self.stack = AsyncExitStack()
        nursery = await self.stack.enter_async_context(trio.open_nursery())
        nursery.start_soon(self.life)
        return self

    async def __aexit__(self, kind, error, frames):
        self.begin(inf if error is None else 0)
        await self.stack.aclose()

    async def life(self):
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.timer)
                async with trio.open_nursery() as crew:
                    for _ in range(self.workers):
                        crew.start_soon(self.worker)
                nursery.cancel_scope.cancel()
        finally:
            self.ended.set()

    async def timer(self):
        await self.leaving.wait()
        await trio.sleep(self.grace)
        self.cut_off()

    def cut_off(self):
        self.cut = True
        for entry in self.entries:
            entry.scope.cancel()

    async def worker(self):
        while True:
            await self.ready.acquire()
            entry = next((entry for entry in self.entries if entry.state == "queued"), None)
            if entry is None or self.cut:
                return
            entry.state = "running"
            try:
                with entry.scope:
                    await self.handler(entry.job)
                    entry.state = "done"
            except Exception as error:
                entry.state = "failed"
                self.log("".join(traceback.format_exception(error)))
            finally:
                self.places.release()
            if entry.state == "running":
                entry.state = "cut"

    async def submit(self, job):
        if self.closed:
            raise PoolClosed("closed")
        await self.places.acquire()
        if self.closed:
            self.places.release()
            raise PoolClosed("closed while waiting")
        self.entries.append(Entry(job))
        self.ready.release()

    def begin(self, grace):
        if self.closed:
            return
        self.closed, self.grace = True, grace
        self.leaving.set()
        if grace <= 0:
            self.cut_off()
        if self.places.statistics().tasks_waiting:
            self.places.release()
        for _ in range(self.workers):
            self.ready.release()

    async def shutdown(self, grace):
        self.begin(grace)
        await self.ended.wait()
        return [entry.job for entry in self.entries if entry.state not in ("done", "failed")]

    def statistics(self):
        states = [entry.state for entry in self.entries]
        now = {state: states.count(state) for state in ("done", "failed", "running", "queued")}
        return PoolStatistics(accepted=len(states), **now)
