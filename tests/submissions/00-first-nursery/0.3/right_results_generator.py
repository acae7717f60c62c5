"""approach: the results are an async generator over the last channel; an end mark instead of closing
"""

from contextlib import asynccontextmanager

import trio

END = object()


@asynccontextmanager
async def pipeline(source, *stages, buffer=0):
    async def feed(send):
        iterator = aiter(source)
        try:
            async for item in iterator:
                await send.send(item)
            await send.send(END)
        finally:
            if hasattr(iterator, "aclose"):
                with trio.CancelScope(shield=True):
                    await iterator.aclose()

    async def work(stage, receive, send):
        while (item := await receive.receive()) is not END:
            await send.send(await stage(item))
        await send.send(END)

    async def results(receive):
        while (item := await receive.receive()) is not END:
            yield item

    async with trio.open_nursery() as nursery:
        try:
            send, receive = trio.open_memory_channel(buffer)
            nursery.start_soon(feed, send)
            for stage in stages:
                send, following = trio.open_memory_channel(buffer)
                nursery.start_soon(work, stage, receive, send)
                receive = following
            yield results(receive)
        finally:
            nursery.cancel_scope.cancel()
