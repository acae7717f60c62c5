"""misconception: one thread means no races
fails: 0.5-locked-exact
says: nobody comes in between reading and writing
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store

    async def add(self, key, n=1):
        count = await self.store.get(key, 0)
        await self.store.set(key, count + n)

    async def value(self, key):
        return await self.store.get(key, 0)
