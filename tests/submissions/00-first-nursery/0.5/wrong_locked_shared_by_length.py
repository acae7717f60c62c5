"""misconception: a few locks, shared by keys, are as good as one for each
fails: 0.5-locked-keys
says: one lock for each key
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.locks = [trio.Lock() for _ in range(2)]

    async def add(self, key, n=1):
        async with self.locks[len(key) % 2]:
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)

    async def value(self, key):
        return await self.store.get(key, 0)
