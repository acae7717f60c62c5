"""approach: the smallest change to each function
"""

import trio


async def heartbeat(beat, every):
    while True:
        await trio.sleep(every)
        beat()


async def with_heartbeat(work, beat, every):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(heartbeat, beat, every)
        try:
            return await work()
        finally:
            nursery.cancel_scope.cancel()


async def failures(*jobs):
    send, receive = trio.open_memory_channel(len(jobs))

    async def attempt(job):
        try:
            await job()
        except Exception as error:
            await send.send(str(error))

    async with trio.open_nursery() as nursery:
        for job in jobs:
            nursery.start_soon(attempt, job)
    send.close()
    return [text async for text in receive]


async def handle_all(items, handle, workers=3):
    send, receive = trio.open_memory_channel(0)

    async def worker():
        async for item in receive:
            await handle(item)

    async with trio.open_nursery() as nursery:
        for _ in range(workers):
            nursery.start_soon(worker)
        async with send:
            for item in items:
                await send.send(item)
