"""approach: no feeder: the first task iterates over the source itself and applies the first stage
"""

from contextlib import aclosing, asynccontextmanager, nullcontext

import trio


async def _same(item):
    await trio.lowlevel.checkpoint()
    return item


@asynccontextmanager
async def pipeline(source, *stages, buffer=0):
    first, *others = stages or (_same,)
    channels = [trio.open_memory_channel(buffer) for _ in range(len(others) + 1)]

    async def head():
        iterator = aiter(source)
        closing = aclosing(iterator) if hasattr(iterator, "aclose") else nullcontext()
        async with closing:
            with channels[0][0] as out:
                async for item in iterator:
                    await out.send(await first(item))

    async def body(number, stage):
        with channels[number][1] as into, channels[number + 1][0] as out:
            async for item in into:
                await out.send(await stage(item))

    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(head)
            for number, stage in enumerate(others):
                nursery.start_soon(body, number, stage)
            yield channels[-1][1]
            scope.cancel()
