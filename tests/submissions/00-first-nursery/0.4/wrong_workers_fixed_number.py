"""misconception: three workers are always right
fails: 0.4-workers-otherwise
says: as many items as there are workers are handled at once
"""

import trio


async def handle_all(items, handle, workers=3):
    send, receive = trio.open_memory_channel(0)

    async def worker():
        async for item in receive:
            await handle(item)

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(worker)
        with send:
            for item in items:
                await send.send(item)
