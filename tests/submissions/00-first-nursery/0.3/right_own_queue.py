"""approach: a queue of its own, from a deque and a condition, instead of memory channels
"""

from collections import deque
from contextlib import asynccontextmanager

import trio


class Joint:
    def __init__(self, room):
        self.room, self.items, self.asked = room, deque(), 0
        self.ended, self.changed = False, trio.Condition()

    async def put(self, item):
        async with self.changed:
            while len(self.items) >= self.room + self.asked:
                await self.changed.wait()
            self.items.append(item)
            self.changed.notify_all()

    async def end(self):
        async with self.changed:
            self.ended = True
            self.changed.notify_all()

    def __aiter__(self):
        return self

    async def __anext__(self):
        async with self.changed:
            self.asked += 1
            self.changed.notify_all()
            try:
                while not self.items and not self.ended:
                    await self.changed.wait()
            finally:
                self.asked -= 1
            if not self.items:
                raise StopAsyncIteration
            item = self.items.popleft()
            self.changed.notify_all()
            return item


@asynccontextmanager
async def pipeline(source, *stages, buffer=0):
    async def feed(joint):
        items = aiter(source)
        try:
            async for item in items:
                await joint.put(item)
            await joint.end()
        finally:
            if hasattr(items, "aclose"):
                await items.aclose()

    async def work(stage, before, after):
        async for item in before:
            await after.put(await stage(item))
        await after.end()

    joints = [Joint(buffer) for _ in range(len(stages) + 1)]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(feed, joints[0])
        for number, stage in enumerate(stages):
            nursery.start_soon(work, stage, joints[number], joints[number + 1])
        yield joints[-1]
        nursery.cancel_scope.cancel()
