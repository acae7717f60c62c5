"""misconception: a lock that all counters share is the safe choice
fails: 0.5-locked-keys
says: one lock for each key
"""

import trio

_lock = trio.Lock()


class LockedCounter:
    def __init__(self, store):
        self.store = store

    async def add(self, key, n=1):
        async with _lock:
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)

    async def value(self, key):
        return await self.store.get(key, 0)
