"""misconception: the errors may come out as one group
fails: 0.4-failures-return
says: returns the text of every error
"""

import trio


async def failures(*jobs):
    async with trio.open_nursery() as nursery:
        for job in jobs:
            nursery.start_soon(job)
    return []
