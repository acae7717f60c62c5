"""misconception: the first failure ends it all
fails: 0.4-failures-return
says: returns the text of every error
"""

import trio


async def failures(*jobs):
    texts = []

    async def attempt(job):
        try:
            await job()
        except Exception as error:
            texts.append(str(error))
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for job in jobs:
            nursery.start_soon(attempt, job)
    return texts
