"""misconception: what waits when the block is left may be forgotten
fails: 0.5-owned-leaving
"""

import trio


class OwnedCounter:
    def __init__(self, store):
        self.store = store
        self.send, self.receive = trio.open_memory_channel(100)
        self.closing = False

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        self.nursery.start_soon(self.own)
        return self

    async def own(self):
        async for key, n, written in self.receive:
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)
            written.set()
            if self.closing:
                return

    async def __aexit__(self, *details):
        self.closing = True
        self.send.close()
        return await self.manager.__aexit__(*details)

    async def add(self, key, n=1):
        written = trio.Event()
        with self.send.clone() as send:
            await send.send((key, n, written))
        await written.wait()

    async def value(self, key):
        return await self.store.get(key, 0)
