"""approach: a semaphore or a limiter of one for each key; explicit acquire and release; value waits its turn
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self._store = store
        self._turns = {}

    def _turn(self, key):
        if key not in self._turns:
            self._turns[key] = trio.Semaphore(1, max_value=1)
        return self._turns[key]

    async def add(self, key, n=1):
        turn = self._turn(key)
        await turn.acquire()
        try:
            count = await self._store.get(key, 0)
            await self._store.set(key, count + n)
        finally:
            turn.release()

    async def value(self, key):
        async with self._turn(key):
            return await self._store.get(key, 0)
