"""approach: locks in a defaultdict; a request is a small class, the inbox has no bound
"""

from collections import defaultdict
from dataclasses import dataclass, field

import trio


class LockedCounter:
    def __init__(self, store):
        self.store = store
        self.locks = defaultdict(trio.Lock)

    async def add(self, key, n=1):
        async with self.locks[key]:
            await self.store.set(key, n + await self.store.get(key, 0))

    async def value(self, key):
        return await self.store.get(key, 0)


@dataclass
class Request:
    key: object
    n: int
    done: trio.Event = field(default_factory=trio.Event)


class OwnedCounter:
    def __init__(self, store):
        self.store = store
        self.outbox, self.inbox = trio.open_memory_channel(float("inf"))

    async def __aenter__(self):
        self._manager = trio.open_nursery()
        nursery = await self._manager.__aenter__()
        nursery.start_soon(self._own)
        return self

    async def __aexit__(self, *details):
        self.outbox.close()
        return await self._manager.__aexit__(*details)

    async def _own(self):
        async for request in self.inbox:
            await self.store.set(request.key, request.n + await self.store.get(request.key, 0))
            request.done.set()

    async def add(self, key, n=1):
        request = Request(key, n)
        self.outbox.send_nowait(request)
        await request.done.wait()

    async def value(self, key):
        return await self.store.get(key, 0)
