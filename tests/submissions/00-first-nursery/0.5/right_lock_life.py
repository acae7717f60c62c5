"""approach: a lock lives as long as somebody uses it; its users are counted
"""

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.locks = {}

    async def add(self, key, n=1):
        lock, users = self.locks.get(key) or (trio.Lock(), 0)
        self.locks[key] = lock, users + 1
        try:
            async with lock:
                count = await self.store.get(key, 0)
                await self.store.set(key, count + n)
        finally:
            lock, users = self.locks[key]
            if users == 1:
                del self.locks[key]
            else:
                self.locks[key] = lock, users - 1

    async def value(self, key):
        return await self.store.get(key, default=0)
