"""misconception: when everything has been sent, everything has been handled
fails: 0.4-workers-end
says: returns when every item has been handled, each once
"""

import trio


async def handle_all(items, handle, workers=3):
    send, receive = trio.open_memory_channel(0)

    async def worker():
        async for item in receive:
            await handle(item)

    async with trio.open_nursery() as nursery:
        for _ in range(workers):
            nursery.start_soon(worker)
        for item in items:
            await send.send(item)
        nursery.cancel_scope.cancel()
