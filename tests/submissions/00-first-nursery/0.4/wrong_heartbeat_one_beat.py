"""misconception: one beat is enough
fails: 0.4-heartbeat-ends
says: the heart beats while the work goes on
"""

import trio


async def heartbeat(beat, every):
    while True:
        await trio.sleep(every)
        beat()


async def with_heartbeat(work, beat, every):
    async def once():
        await trio.sleep(every)
        beat()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(once)
        value = await work()
        nursery.cancel_scope.cancel()
    return value
