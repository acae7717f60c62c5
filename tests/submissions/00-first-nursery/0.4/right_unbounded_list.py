"""approach: errors by slot; the work is the child and the heart beats in the parent
"""

import trio


async def failures(*jobs):
    slots = [None] * len(jobs)

    async def attempt(number, job):
        try:
            await job()
        except Exception as error:
            slots[number] = str(error)

    async with trio.open_nursery() as nursery:
        for number, job in enumerate(jobs):
            nursery.start_soon(attempt, number, job)
    return [text for text in slots if text is not None]


async def with_heartbeat(work, beat, every):
    async with trio.open_nursery() as nursery:

        async def working():
            nonlocal value
            value = await work()
            nursery.cancel_scope.cancel()

        value = None
        nursery.start_soon(working)
        while True:
            await trio.sleep(every)
            beat()
    return value
