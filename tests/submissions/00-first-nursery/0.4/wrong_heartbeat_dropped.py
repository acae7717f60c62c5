"""misconception: the leak is mended by leaving the task out
fails: 0.4-heartbeat-ends
says: the heart beats while the work goes on
"""

import trio


async def heartbeat(beat, every):
    while True:
        await trio.sleep(every)
        beat()


async def with_heartbeat(work, beat, every):
    return await work()
