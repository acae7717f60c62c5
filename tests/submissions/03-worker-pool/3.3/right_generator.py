"""approach: the life of the pool is an async generator in a base class; parking lots; an immutable result
"""
import io
import itertools
import traceback
from contextlib import asynccontextmanager

import trio


class Base:
    """The life of a pool is an async generator; the pool hands on what its block did."""

    async def __aenter__(self):
        self._life = self._living()
        return await self._life.__aenter__()

    async def __aexit__(self, kind, error, frames):
        self._close(0 if kind else float("inf"))
        return await self._life.__aexit__(None, None, None)


class WorkerPool(Base):
    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.limit, self.log = handler, workers, workers + buffer, log
        self.ledger = {}
        self.outcome = {"done": 0, "failed": 0}
        self.number = itertools.count()
        self.taken = 0
        self.busy = 0
        self.lot, self.news = trio.lowlevel.ParkingLot(), trio.lowlevel.ParkingLot()
        self.queue = []
        self.until = None
        self.left = None
        self.all_over = trio.Event()

    @asynccontextmanager
    async def _living(self):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._crew)
            yield self

    async def _crew(self):
        self.scope = trio.CancelScope(deadline=float("inf") if self.until is None else self.until)
        try:
            with self.scope:
                async with trio.open_nursery() as nursery:
                    for _ in range(self.workers):
                        nursery.start_soon(self._one_worker)
        finally:
            self.left = tuple(self.ledger.values())
            self.all_over.set()

    async def _one_worker(self):
        while True:
            await trio.lowlevel.checkpoint()
            while not self.queue:
                if self.until is not None:
                    return
                await self.news.park()
            key = self.queue.pop(0)
            self.busy += 1
            try:
                await self._guarded(key)
            finally:
                self.busy -= 1
                self.lot.unpark_all()

    async def _guarded(self, key):
        try:
            await self.handler(self.ledger[key])
            result = "done"
        except Exception:
            text = io.StringIO()
            traceback.print_exc(file=text)
            self.log(text.getvalue())
            result = "failed"
        self.outcome[result] += 1
        del self.ledger[key]

    async def submit(self, job):
        await trio.lowlevel.checkpoint()
        while self.until is None and len(self.ledger) >= self.limit:
            await self.lot.park()
        if self.until is not None:
            raise PoolClosed(f"no more jobs: {job!r}")
        key = next(self.number)
        self.taken = key + 1
        self.ledger[key] = job
        self.queue.append(key)
        self.news.unpark_all()

    def _close(self, grace):
        if self.until is None:
            self.until = trio.current_time() + grace
            if hasattr(self, "scope"):
                self.scope.deadline = self.until
            self.lot.unpark_all()
            self.news.unpark_all()

    async def shutdown(self, grace):
        self._close(grace)
        await self.all_over.wait()
        await trio.lowlevel.checkpoint()
        return list(self.left)

    def statistics(self):
        return PoolStatistics(self.taken, self.outcome["done"], self.outcome["failed"], self.busy, len(self.queue))
