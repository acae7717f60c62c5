"""misconception: one job after the other cannot block
fails: 0.4-failures-return
says: the jobs run at the same time
"""

import trio


async def failures(*jobs):
    texts = []
    for job in jobs:
        try:
            await job()
        except Exception as error:
            texts.append(str(error))
    return texts
