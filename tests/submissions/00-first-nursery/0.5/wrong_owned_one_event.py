"""misconception: one event for all answers will do
fails: 0.5-owned-values
says: add returns when the store has been written
"""

import trio


class OwnedCounter:
    def __init__(self, store):
        self.store = store
        self.send, self.receive = trio.open_memory_channel(0)
        self.written = trio.Event()

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        self.nursery.start_soon(self.own)
        return self

    async def own(self):
        async for key, n in self.receive:
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)
            self.written.set()

    async def __aexit__(self, *details):
        self.send.close()
        return await self.manager.__aexit__(*details)

    async def add(self, key, n=1):
        with self.send.clone() as send:
            await send.send((key, n))
        await self.written.wait()

    async def value(self, key):
        return await self.store.get(key, 0)
