"""approach: the failures are read while the jobs run, each job holds a clone; workers share an iterator
"""

import trio


async def failures(*jobs):
    texts = []

    async def attempt(job, outlet):
        async with outlet:
            try:
                await job()
            except Exception as error:
                await outlet.send(str(error))

    outlet, inlet = trio.open_memory_channel(0)
    async with trio.open_nursery() as nursery:
        async with outlet:
            for job in jobs:
                nursery.start_soon(attempt, job, outlet.clone())
        async for text in inlet:
            texts.append(text)
    return texts


async def handle_all(items, handle, workers=3):
    rest = iter(items)

    async def worker():
        for item in rest:
            await handle(item)

    async with trio.open_nursery() as nursery:
        for _ in range(workers):
            nursery.start_soon(worker)
