"""misconception: several owners share the work
fails: 0.5-owned-exact, 0.5-owned-one-writer
says: no add is lost
"""

import trio


class OwnedCounter:
    def __init__(self, store):
        self.store = store
        self.send, self.receive = trio.open_memory_channel(0)

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        for _ in range(3):
            self.nursery.start_soon(self.own)
        return self

    async def own(self):
        async for key, n, written in self.receive:
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)
            written.set()

    async def __aexit__(self, *details):
        self.send.close()
        return await self.manager.__aexit__(*details)

    async def add(self, key, n=1):
        written = trio.Event()
        with self.send.clone() as send:
            await send.send((key, n, written))
        await written.wait()

    async def value(self, key):
        return await self.store.get(key, 0)
