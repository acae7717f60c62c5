"""approach: no channel: a deque of requests and a condition variable made of events
"""

from collections import deque

import trio


class OwnedCounter:
    def __init__(self, store):
        self.store = store
        self.todo = deque()
        self.news = trio.Event()
        self.closing = False

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        (await self.manager.__aenter__()).start_soon(self.own)
        return self

    async def __aexit__(self, exc_type, exc, tb):
        self.closing = True
        self.news.set()
        return await self.manager.__aexit__(exc_type, exc, tb)

    async def own(self):
        while self.todo or not self.closing:
            if not self.todo:
                self.news = trio.Event()
                await self.news.wait()
                continue
            key, n, done = self.todo.popleft()
            count = await self.store.get(key, 0)
            await self.store.set(key, count + n)
            done.set()

    async def add(self, key, n=1):
        if self.closing:
            raise RuntimeError("closed")
        done = trio.Event()
        self.todo.append((key, n, done))
        self.news.set()
        await done.wait()

    async def value(self, key):
        return await self.store.get(key, 0)
