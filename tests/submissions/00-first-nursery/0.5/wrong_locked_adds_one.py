"""misconception: add adds one
fails: 0.5-locked-exact
says: no add is lost
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.locks = {}

    async def add(self, key, n=1):
        async with self.locks.setdefault(key, trio.Lock()):
            count = await self.store.get(key, 0)
            await self.store.set(key, count + 1)

    async def value(self, key):
        return await self.store.get(key, 0)
