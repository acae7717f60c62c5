"""misconception: workers end when there is nothing in the channel
fails: 0.4-workers-end
says: returns when every item has been handled
"""

import trio


async def handle_all(items, handle, workers=3):
    send, receive = trio.open_memory_channel(len(items))

    async def worker():
        async for item in receive:
            await handle(item)

    async with trio.open_nursery() as nursery:
        for _ in range(workers):
            nursery.start_soon(worker)
        for item in items:
            await send.send(item)
