"""misconception: the owner may run on when the block has been left
fails: 0.5-owned-leaving
says: no task is left behind
"""

import trio


class OwnedCounter:
    def __init__(self, store):
        self.store = store
        self.send, self.receive = trio.open_memory_channel(0)

    async def __aenter__(self):
        trio.lowlevel.spawn_system_task(self.own)
        return self

    async def own(self):
        async for key, n, written in self.receive:
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)
            written.set()

    async def __aexit__(self, *details):
        await trio.lowlevel.checkpoint()

    async def add(self, key, n=1):
        written = trio.Event()
        with self.send.clone() as send:
            await send.send((key, n, written))
        await written.wait()

    async def value(self, key):
        return await self.store.get(key, 0)
