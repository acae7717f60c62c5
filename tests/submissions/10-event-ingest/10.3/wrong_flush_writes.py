"""misconception: flush may write in the task of its caller
fails: 10.3-cancelled-flush
says: a cancelled flush neither cancels a write nor loses nor repeats one
"""
import trio


class BatchSink:
    def __init__(self, write, *, size=100, interval=300.0, capacity=10_000, backoff=(0.1, 30.0)):
        self.write, self.size, self.interval, self.backoff = write, size, interval, backoff
        self.room, self.lock = trio.Semaphore(capacity), trio.Lock()
        self.items = []
        self.full = trio.Event()

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        self.nursery.start_soon(self._tick)
        self.nursery.start_soon(self._fill)
        return self

    async def __aexit__(self, kind, error, frames):
        try:
            if error is None or isinstance(error, Exception):
                await self.flush()
        finally:
            self.nursery.cancel_scope.cancel()
            await self.manager.__aexit__(None, None, None)

    async def _tick(self):
        while True:
            await trio.sleep(self.interval)
            self.full.set()

    async def _fill(self):
        while True:
            await self.full.wait()
            self.full = trio.Event()
            await self.flush()

    async def put(self, item):
        await self.room.acquire()
        self.items.append(item)
        if len(self.items) >= self.size:
            self.full.set()

    async def flush(self):
        async with self.lock:
            delay = self.backoff[0]
            while self.items:
                batch = self.items[: self.size]
                try:
                    await self.write(batch)
                except Exception:
                    await trio.sleep(delay)
                    delay = min(2 * delay, self.backoff[1])
                    continue
                del self.items[: len(batch)]
                for _ in batch:
                    self.room.release()
