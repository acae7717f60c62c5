"""misconception: an add that was cut off is made up for
fails: 0.5-locked-cancelled
says: a cancelled add is applied once or not at all
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.locks = {}

    async def add(self, key, n=1):
        async with self.locks.setdefault(key, trio.Lock()):
            try:
                await self._apply(key, n)
            except trio.Cancelled:
                with trio.CancelScope(shield=True):
                    await self._apply(key, n)
                    await self._apply(key, n)
                raise

    async def _apply(self, key, n):
        count = await self.store.get(key, 0)
        await self.store.set(key, count + n)

    async def value(self, key):
        return await self.store.get(key, 0)
