"""misconception: a request in the queue is as good as carried out
fails: 0.5-owned-exact, 0.5-owned-values
says: add returns when the store has been written
"""

import trio


class OwnedCounter:
    def __init__(self, store):
        self.store = store
        self.send, self.receive = trio.open_memory_channel(100)

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

    async def __aexit__(self, *details):
        self.send.close()
        return await self.manager.__aexit__(*details)

    async def add(self, key, n=1):
        self.send.send_nowait((key, n, trio.Event()))
        await trio.lowlevel.checkpoint()

    async def value(self, key):
        return await self.store.get(key, 0)
