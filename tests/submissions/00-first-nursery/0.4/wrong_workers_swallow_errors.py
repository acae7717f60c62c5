"""misconception: a handler that fails must not stop the others
fails: 0.4-workers-otherwise
says: an error of the handler is raised
"""

import trio


async def handle_all(items, handle, workers=3):
    send, receive = trio.open_memory_channel(0)

    async def worker():
        async for item in receive:
            try:
                await handle(item)
            except Exception:
                pass

    async with trio.open_nursery() as nursery:
        for _ in range(workers):
            nursery.start_soon(worker)
        with send:
            for item in items:
                await send.send(item)
