"""misconception: a time-out on the writers mends it
fails: 0.4-failures-return
says: returns the text of every error
"""

import trio


async def failures(*jobs):
    send, receive = trio.open_memory_channel(1)

    async def attempt(job):
        try:
            await job()
        except Exception as error:
            with trio.move_on_after(1):
                await send.send(str(error))

    async with trio.open_nursery() as nursery:
        for job in jobs:
            nursery.start_soon(attempt, job)
    send.close()
    return [text async for text in receive]
