"""approach: one condition; the writer and those who flush wait on it, a timer task notifies it
"""
import trio


class BatchSink:
    def __init__(self, write, *, size=100, interval=300.0, capacity=10_000, backoff=(0.1, 30.0)):
        self.write, self.size, self.interval, self.capacity, self.backoff = write, size, interval, capacity, backoff
        self.changed = trio.Condition()
        self.buffer, self.flying = [], []
        self.puts = self.done = self.wanted = 0

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        self.nursery.start_soon(self.writer)
        return self

    async def __aexit__(self, kind, error, frames):
        try:
            if not isinstance(error, (trio.Cancelled, BaseExceptionGroup, KeyboardInterrupt)) or isinstance(error, Exception):
                await self.flush()
        finally:
            self.nursery.cancel_scope.cancel()
            await self.manager.__aexit__(None, None, None)

    async def put(self, item):
        async with self.changed:
            while self.puts - self.done >= self.capacity:
                await self.changed.wait()
            self.puts += 1
            self.buffer.append((trio.current_time(), item))
            self.changed.notify_all()

    async def flush(self):
        async with self.changed:
            mine = self.puts
            self.wanted = max(self.wanted, mine)
            self.changed.notify_all()
            while self.done < mine:
                await self.changed.wait()

    def ready(self):
        if not self.buffer:
            return False
        if len(self.buffer) >= self.size or self.wanted > self.done:
            return True
        return trio.current_time() >= self.buffer[0][0] + self.interval

    async def writer(self):
        while True:
            async with self.changed:
                while not self.ready():
                    if self.buffer:
                        with trio.move_on_at(self.buffer[0][0] + self.interval):
                            await self.changed.wait()
                    else:
                        await self.changed.wait()
                self.flying, self.buffer = self.buffer[: self.size], self.buffer[self.size :]
            await self.until_written([item for _, item in self.flying])
            async with self.changed:
                self.done += len(self.flying)
                self.flying = []
                self.changed.notify_all()

    async def until_written(self, batch):
        wait = self.backoff[0]
        while True:
            try:
                await self.write(batch)
            except Exception:
                await trio.sleep(wait)
                wait = min(wait * 2, self.backoff[1])
            else:
                return
