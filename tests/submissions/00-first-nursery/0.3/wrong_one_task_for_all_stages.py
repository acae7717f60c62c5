"""misconception: one task that goes through all stages is a pipeline too
fails: 0.3-overlap
says: every stage works on one item while the others work on theirs
"""

from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def pipeline(source, *stages, buffer=0):
    async def work(send):
        iterator = aiter(source)
        try:
            with send:
                async for item in iterator:
                    for stage in stages:
                        item = await stage(item)
                    await send.send(item)
        finally:
            if hasattr(iterator, "aclose"):
                await iterator.aclose()

    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel(buffer)
        nursery.start_soon(work, send)
        yield receive
        nursery.cancel_scope.cancel()
