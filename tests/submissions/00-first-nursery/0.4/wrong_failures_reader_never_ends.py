"""misconception: a reader beside the writers is enough; nobody needs to close
fails: 0.4-failures-return
says: also when several jobs fail
"""

import trio


async def failures(*jobs):
    send, receive = trio.open_memory_channel(1)
    texts = []

    async def attempt(job):
        try:
            await job()
        except Exception as error:
            await send.send(str(error))

    async def read():
        async for text in receive:
            texts.append(text)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        for job in jobs:
            nursery.start_soon(attempt, job)
    return texts
