"""misconception: a key without a count has the value None
fails: 0.5-locked-values
says: n is 1 by default
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.locks = {}

    async def add(self, key, n=1):
        async with self.locks.setdefault(key, trio.Lock()):
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)

    async def value(self, key):
        return await self.store.get(key)
