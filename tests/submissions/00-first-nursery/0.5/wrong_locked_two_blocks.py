"""misconception: each step under the lock is as good as both steps under the lock
fails: 0.5-locked-exact
says: nobody comes in between reading and writing
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.lock = trio.Lock()

    async def add(self, key, n=1):
        async with self.lock:
            count = await self.store.get(key, 0)
        async with self.lock:
            await self.store.set(key, count + n)

    async def value(self, key):
        return await self.store.get(key, 0)
