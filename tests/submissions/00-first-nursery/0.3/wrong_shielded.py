"""misconception: a pipeline must be allowed to finish what it has begun
fails: 0.3-outside-cancellation
says: a cancellation from outside stops every stage
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
                with trio.CancelScope(shield=True):
                    result = await stage(item)
                await send.send(result)

    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel(buffer)
        nursery.start_soon(feed, send)
        for stage in stages:
            send, following = trio.open_memory_channel(buffer)
            nursery.start_soon(work, stage, receive, send)
            receive = following
        yield receive
        nursery.cancel_scope.cancel()
