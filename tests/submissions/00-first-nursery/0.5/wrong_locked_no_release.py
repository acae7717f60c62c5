"""misconception: release comes after the work, so it will always be reached
fails: 0.5-locked-cancelled
says: a cancelled add is applied once or not at all, and the counter works on
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.locks = {}

    async def add(self, key, n=1):
        lock = self.locks.setdefault(key, trio.Lock())
        await lock.acquire()
        count = await self.store.get(key, 0)
        await self.store.set(key, count + n)
        lock.release()

    async def value(self, key):
        return await self.store.get(key, 0)
