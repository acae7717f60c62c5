"""misconception: a lock may be thrown away by whoever leaves it, though others wait for it
fails: 0.5-locked-exact
says: nobody comes in between reading and writing
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.locks = {}

    async def add(self, key, n=1):
        lock = self.locks.setdefault(key, trio.Lock())
        async with lock:
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)
            self.locks.pop(key, None)

    async def value(self, key):
        return await self.store.get(key, 0)
