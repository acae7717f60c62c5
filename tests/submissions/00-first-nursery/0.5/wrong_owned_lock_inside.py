"""misconception: an owner is a lock with another name
fails: 0.5-owned-one-writer
says: it is the owner that writes, and not a task that called add
"""

import trio


class OwnedCounter:
    def __init__(self, store):
        self.store = store
        self.lock = trio.Lock()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *details):
        async with self.lock:
            return False

    async def add(self, key, n=1):
        async with self.lock:
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)

    async def value(self, key):
        return await self.store.get(key, 0)
