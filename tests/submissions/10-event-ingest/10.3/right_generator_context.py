"""approach: the context manager delegates to an async generator; a writer between two channels
"""
from contextlib import asynccontextmanager
from math import inf

import trio


class BatchSink:
    def __init__(self, write, *, size=100, interval=300.0, capacity=10_000, backoff=(0.1, 30.0)):
        self.write, self.size, self.interval, self.capacity, self.backoff = write, size, interval, capacity, backoff
        self.unwritten = []
        self.count = 0
        self.asked_for = 0
        self.something = trio.Event()
        self.less = trio.Event()

    async def __aenter__(self):
        self.context = self.running()
        return await self.context.__aenter__()

    async def __aexit__(self, *error):
        await self.context.__aexit__(*error)

    @asynccontextmanager
    async def running(self):
        failure = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.writes)
            try:
                yield self
            except Exception as error:
                failure = error
            await self.flush()
            nursery.cancel_scope.cancel()
        if failure is not None:
            raise failure

    def notify(self, name):
        getattr(self, name).set()
        setattr(self, name, trio.Event())

    async def put(self, item):
        await trio.lowlevel.checkpoint_if_cancelled()
        while len(self.unwritten) >= self.capacity:
            await self.less.wait()
        self.unwritten.append((item, trio.current_time() + self.interval))
        self.count += 1
        self.notify("something")
        await trio.lowlevel.cancel_shielded_checkpoint()

    async def flush(self):
        target = self.count
        self.asked_for = max(target, self.asked_for)
        self.notify("something")
        await trio.lowlevel.checkpoint()
        while self.count - len(self.unwritten) < target:
            await self.less.wait()

    async def writes(self):
        while True:
            now = trio.current_time()
            due = self.unwritten[0][1] if self.unwritten else inf
            written = self.count - len(self.unwritten)
            if self.unwritten and (len(self.unwritten) >= self.size or due <= now or written < self.asked_for):
                batch = self.unwritten[: self.size]
                await self.insist([item for item, _ in batch])
                del self.unwritten[: len(batch)]
                self.notify("less")
                continue
            with trio.move_on_at(due):
                await self.something.wait()

    async def insist(self, items):
        attempt = 0
        while True:
            try:
                return await self.write(items)
            except Exception:
                await trio.sleep(min(self.backoff[0] * 2**attempt, self.backoff[1]))
                attempt += 1
