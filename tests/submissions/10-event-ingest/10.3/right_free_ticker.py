"""approach: a ticker that only rings, and a writer that takes all there is; batches may be larger than size after an outage
"""
import random

import trio


class BatchSink:
    def __init__(self, write, *, size=100, interval=300.0, capacity=10_000, backoff=(0.1, 30.0)):
        self.write, self.size, self.interval, self.backoff = write, size, interval, backoff
        self.tokens_in, self.tokens_out = trio.open_memory_channel(capacity)
        for _ in range(capacity):
            self.tokens_in.send_nowait(None)
        self.items = []
        self.bell = trio.Event()
        self.generation = []

    async def __aenter__(self):
        self.scope = trio.CancelScope()
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        self.nursery.start_soon(self.tick)
        self.nursery.start_soon(self.work)
        return self

    async def __aexit__(self, kind, error, frames):
        try:
            if kind is None or issubclass(kind, Exception):
                await self.flush()
        finally:
            self.nursery.cancel_scope.cancel()
            await self.manager.__aexit__(None, None, None)

    async def tick(self):
        while True:
            await trio.sleep(self.interval)
            self.bell.set()

    async def put(self, item):
        await self.tokens_out.receive()
        self.items.append(item)
        if len(self.items) >= self.size:
            self.bell.set()

    async def flush(self):
        written = trio.Event()
        self.generation.append(written)
        self.bell.set()
        await written.wait()

    async def work(self):
        while True:
            await self.bell.wait()
            self.bell = trio.Event()
            batch, self.items = self.items, []
            asked, self.generation = self.generation, []
            if batch:
                await self.attempt(batch)
            for _ in batch:
                self.tokens_in.send_nowait(None)
            for one in asked:
                one.set()

    async def attempt(self, batch):
        delay = self.backoff[0]
        while True:
            try:
                await self.write(list(batch))
                return
            except Exception:
                await trio.sleep(random.uniform(delay / 2, delay))
                delay = min(delay * 2, self.backoff[1])
