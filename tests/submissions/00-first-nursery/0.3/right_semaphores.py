"""approach: semaphores count the free and the filled places of each joint; the items travel in plain lists
"""

import trio


class Joint:
    def __init__(self, room):
        self.room, self.items, self.done = room, [], False
        self.free, self.filled = trio.Semaphore(room), trio.Semaphore(0)

    async def put(self, item):
        await self.free.acquire()
        self.items.append(item)
        self.filled.release()

    def finish(self):
        self.done = True
        self.filled.release()

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.room == 0:
            self.free.release()
        await self.filled.acquire()
        if self.done and not self.items:
            raise StopAsyncIteration
        if self.room:
            self.free.release()
        return self.items.pop(0)


class pipeline:  # noqa: N801
    def __init__(self, source, *stages, buffer=0):
        self.source, self.stages = source, stages
        self.joints = [Joint(buffer) for _ in range(len(stages) + 1)]

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        self.nursery.start_soon(self.feed)
        for number, stage in enumerate(self.stages):
            self.nursery.start_soon(self.work, number, stage)
        return self.joints[-1]

    async def __aexit__(self, *details):
        self.nursery.cancel_scope.cancel()
        return await self.manager.__aexit__(*details)

    async def feed(self):
        iterator = aiter(self.source)
        try:
            async for item in iterator:
                await self.joints[0].put(item)
            self.joints[0].finish()
        finally:
            if hasattr(iterator, "aclose"):
                await iterator.aclose()

    async def work(self, number, stage):
        async for item in self.joints[number]:
            await self.joints[number + 1].put(await stage(item))
        self.joints[number + 1].finish()
