"""approach: a batch is closed when it is full or old, and written by a task of its own, one after the other by a chain of events
"""
import trio


class Batch:
    def __init__(self, before):
        self.items, self.before, self.written, self.closed = [], before, trio.Event(), False


class BatchSink:
    def __init__(self, write, *, size=100, interval=300.0, capacity=10_000, backoff=(0.1, 30.0)):
        self.write, self.size, self.interval, self.backoff = write, size, interval, backoff
        self.room = trio.Semaphore(capacity)
        self.last = None
        self.open = None

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        return self

    async def __aexit__(self, kind, error, frames):
        try:
            if kind is None or isinstance(error, Exception):
                await self.flush()
        finally:
            self.nursery.cancel_scope.cancel()
            await self.manager.__aexit__(None, None, None)

    async def put(self, item):
        await self.room.acquire()
        if self.open is None:
            self.open = Batch(self.last)
            self.nursery.start_soon(self.grow_old, self.open)
        self.open.items.append(item)
        if len(self.open.items) == self.size:
            self.close()

    async def grow_old(self, batch):
        await trio.sleep(self.interval)
        if self.open is batch:
            self.close()

    def close(self):
        batch, self.open = self.open, None
        self.last = batch
        self.nursery.start_soon(self.store, batch)

    async def store(self, batch):
        if batch.before is not None:
            await batch.before.written.wait()
            batch.before = None
        delay = self.backoff[0]
        stored = False
        while not stored:
            try:
                await self.write(batch.items)
                stored = True
            except Exception:
                await trio.sleep(delay)
                delay = min(self.backoff[1], 2 * delay)
        for _ in batch.items:
            self.room.release()
        batch.written.set()

    async def flush(self):
        await trio.lowlevel.checkpoint()
        if self.open is not None:
            self.close()
        if self.last is not None:
            await self.last.written.wait()
