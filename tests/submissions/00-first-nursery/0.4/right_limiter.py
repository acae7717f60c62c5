"""approach: a limiter holds the number of handlers down; the heartbeat runs in a scope of its own
"""

import trio


async def handle_all(items, handle, workers=3):
    limiter = trio.CapacityLimiter(workers)

    async def one(item):
        async with limiter:
            await handle(item)

    async with trio.open_nursery() as nursery:
        for item in items:
            nursery.start_soon(one, item)


async def with_heartbeat(work, beat, every):
    scope = trio.CancelScope()

    async def beating():
        with scope:
            while True:
                await trio.sleep(every)
                beat()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(beating)
        value = await work()
        scope.cancel()
    return value
