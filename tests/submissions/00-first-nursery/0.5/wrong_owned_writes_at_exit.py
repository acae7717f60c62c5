"""misconception: the store may be written once, at the end
fails: 0.5-owned-exact, 0.5-owned-values
says: add returns when the store has been written
"""

import trio


class OwnedCounter:
    def __init__(self, store):
        self.store = store
        self.sums = {}

    async def __aenter__(self):
        return self

    async def __aexit__(self, *details):
        for key, n in self.sums.items():
            await self.store.set(key, await self.store.get(key, 0) + n)

    async def add(self, key, n=1):
        self.sums[key] = self.sums.get(key, 0) + n
        await trio.lowlevel.checkpoint()

    async def value(self, key):
        return await self.store.get(key, 0) + self.sums.get(key, 0)
