"""misconception: tasks can be started anywhere, the channels will stop them
fails: 0.3-early-exit
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

    if True:
        send, receive = trio.open_memory_channel(buffer)
        trio.lowlevel.spawn_system_task(feed, send)
        for stage in stages:
            send, following = trio.open_memory_channel(buffer)
            trio.lowlevel.spawn_system_task(work, stage, receive, send)
            receive = following
        yield receive
        receive.close()
