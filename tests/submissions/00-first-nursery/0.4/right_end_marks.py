"""approach: one end mark for each worker; the heart watches an event with a time-out
"""

import trio


async def handle_all(items, handle, workers=3):
    end = object()
    send, receive = trio.open_memory_channel(0)

    async def worker():
        while (item := await receive.receive()) is not end:
            await handle(item)

    async with trio.open_nursery() as nursery:
        for _ in range(workers):
            nursery.start_soon(worker)
        for item in [*items, *[end] * workers]:
            await send.send(item)


async def with_heartbeat(work, beat, every):
    done = trio.Event()
    values = []

    async def beating():
        while not done.is_set():
            with trio.move_on_after(every):
                await done.wait()
            if not done.is_set():
                beat()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(beating)
        values.append(await work())
        done.set()
    return values[0]
