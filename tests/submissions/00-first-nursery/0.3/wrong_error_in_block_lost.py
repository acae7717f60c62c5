"""misconception: an error in the block is the reader's own affair
fails: 0.3-block-error
says: an error in the block is not lost
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
        finally:
            if hasattr(iterator, "aclose"):
                await iterator.aclose()

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
        try:
            yield receive
        except Exception:
            pass
        nursery.cancel_scope.cancel()
