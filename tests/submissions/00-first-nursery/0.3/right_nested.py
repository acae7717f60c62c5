"""approach: recursive: each stage is a context manager around the pipeline before it
"""

from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def joint(task, buffer):
    send, receive = trio.open_memory_channel(buffer)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(task, send)
        yield receive
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def pipeline(source, *stages, buffer=0):
    if not stages:

        async def feed(send):
            items = aiter(source)
            try:
                with send:
                    async for item in items:
                        await send.send(item)
            finally:
                if hasattr(items, "aclose"):
                    await items.aclose()

        async with joint(feed, buffer) as results:
            yield results
        return
    *earlier, last = stages
    async with pipeline(source, *earlier, buffer=buffer) as inputs:

        async def work(send):
            with send:
                async for item in inputs:
                    await send.send(await last(item))

        async with joint(work, buffer) as results:
            yield results
