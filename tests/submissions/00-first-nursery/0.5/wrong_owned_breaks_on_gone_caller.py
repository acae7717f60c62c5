"""misconception: a caller that has gone is an error of the owner
fails: 0.5-owned-cancelled
says: a cancelled add is applied once or not at all, and the counter works on
"""

import trio


class OwnedCounter:
    def __init__(self, store):
        self.store = store
        self.send, self.receive = trio.open_memory_channel(0)

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        self.nursery.start_soon(self.own)
        return self

    async def own(self):
        async for key, n, answer in self.receive:
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)
            await answer.send(None)

    async def __aexit__(self, *details):
        self.send.close()
        return await self.manager.__aexit__(*details)

    async def add(self, key, n=1):
        answer, wait = trio.open_memory_channel(0)
        with wait:
            with self.send.clone() as send:
                await send.send((key, n, answer))
            await wait.receive()

    async def value(self, key):
        return await self.store.get(key, 0)
