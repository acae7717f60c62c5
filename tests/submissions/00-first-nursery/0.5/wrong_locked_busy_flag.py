"""misconception: a flag does as well as a lock
fails: 0.5-locked-cancelled
says: and the counter works on
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.busy = set()

    async def add(self, key, n=1):
        while key in self.busy:
            await trio.sleep(1000)
        self.busy.add(key)
        count = await self.store.get(key, 0)
        await self.store.set(key, count + n)
        self.busy.discard(key)

    async def value(self, key):
        return await self.store.get(key, 0)
