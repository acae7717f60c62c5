"""misconception: the counter knows the counts; the store is only a copy
fails: 0.5-locked-exact
says: no add is lost
"""

class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.counts = {}

    async def add(self, key, n=1):
        self.counts[key] = self.counts.get(key, 0) + n
        await self.store.set(key, self.counts[key])

    async def value(self, key):
        return self.counts.get(key, 0)
