"""misconception: a job that is cancelled has failed
fails: 0.4-failures-otherwise
says: stops all jobs and is not swallowed
"""

import trio


async def failures(*jobs):
    texts = []

    async def attempt(job):
        try:
            await job()
        except BaseException as error:
            texts.append(str(error))

    async with trio.open_nursery() as nursery:
        for job in jobs:
            nursery.start_soon(attempt, job)
    return texts
