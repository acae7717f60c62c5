"""misconception: the writing may go on in the background
fails: 0.5-locked-values
says: add returns when the store has been written
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.locks = {}

    async def _apply(self, key, n):
        async with self.locks.setdefault(key, trio.Lock()):
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)

    async def add(self, key, n=1):
        trio.lowlevel.spawn_system_task(self._apply, key, n)

    async def value(self, key):
        return await self.store.get(key, 0)
