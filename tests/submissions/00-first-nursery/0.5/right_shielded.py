"""approach: an add that has begun cannot be cut off: reading and writing are shielded
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.locks = {}

    async def add(self, key, n=1):
        async with self.locks.setdefault(key, trio.StrictFIFOLock()):
            with trio.CancelScope(shield=True):
                count = await self.store.get(key, 0)
                await self.store.set(key, count + n)

    async def value(self, key):
        return await self.store.get(key, 0)
