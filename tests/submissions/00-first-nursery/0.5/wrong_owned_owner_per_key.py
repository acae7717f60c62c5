"""misconception: an owner for each key is one owner
fails: 0.5-owned-one-writer
says: one task writes everything
"""

import trio


class OwnedCounter:
    def __init__(self, store):
        self.store = store
        self.sends = {}

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        return self

    async def own(self, receive):
        async for key, n, written in receive:
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)
            written.set()

    async def __aexit__(self, *details):
        for send in self.sends.values():
            send.close()
        return await self.manager.__aexit__(*details)

    async def add(self, key, n=1):
        if key not in self.sends:
            self.sends[key], receive = trio.open_memory_channel(0)
            self.nursery.start_soon(self.own, receive)
        written = trio.Event()
        with self.sends[key].clone() as send:
            await send.send((key, n, written))
        await written.wait()

    async def value(self, key):
        return await self.store.get(key, 0)
