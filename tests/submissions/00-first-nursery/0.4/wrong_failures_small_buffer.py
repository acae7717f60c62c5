"""misconception: a little more room in the buffer mends it
fails: 0.4-failures-return
says: also when several jobs fail
"""

import trio


async def failures(*jobs):
    send, receive = trio.open_memory_channel(2)

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
