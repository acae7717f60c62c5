"""misconception: a nursery ends when its block ends
fails: 0.4-heartbeat-ends
says: returns as soon as the work is done
"""

import trio


async def heartbeat(beat, every):
    while True:
        await trio.sleep(every)
        beat()


async def with_heartbeat(work, beat, every):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(heartbeat, beat, every)
        value = await work()
    return value
