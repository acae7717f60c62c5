"""misconception: a source that has ended has closed itself
fails: 0.3-source-closed-at-end
says: a source that has ended is closed as well
"""

from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def pipeline(source, *stages, buffer=0):
    async def feed(send):
        iterator = aiter(source)
        try:
            with send:
                async for item in iterator:
                    await send.send(item)
        except trio.Cancelled:
            if hasattr(iterator, "aclose"):
                await iterator.aclose()
            raise

    async def work(stage, receive, send):
        with receive, send:
            async for item in receive:
                await send.send(await stage(item))

    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel(buffer)
        nursery.start_soon(feed, send)
        for stage in stages:
            send, following = trio.open_memory_channel(buffer)
            nursery.start_soon(work, stage, receive, send)
            receive = following
        yield receive
        nursery.cancel_scope.cancel()
