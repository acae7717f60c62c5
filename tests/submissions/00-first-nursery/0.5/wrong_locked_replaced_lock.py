"""misconception: making the key's lock anew each time does no harm
fails: 0.5-locked-exact
says: nobody comes in between reading and writing
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.locks = {}

    async def add(self, key, n=1):
        self.locks[key] = trio.Lock()
        async with self.locks[key]:
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)

    async def value(self, key):
        return await self.store.get(key, 0)
