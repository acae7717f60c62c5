"""misconception: a worker that has waited for a second may go home
fails: 0.4-workers-end
says: the workers share the items and work at the same time
"""

import trio


async def handle_all(items, handle, workers=3):
    send, receive = trio.open_memory_channel(len(items))

    async def worker():
        while True:
            with trio.move_on_after(1) as scope:
                item = await receive.receive()
            if scope.cancelled_caught:
                return
            await handle(item)

    async with trio.open_nursery() as nursery:
        for _ in range(workers):
            nursery.start_soon(worker)
        for item in items:
            await send.send(item)
