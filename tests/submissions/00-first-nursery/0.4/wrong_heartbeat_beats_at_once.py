"""misconception: the first beat may come at once
fails: 0.4-heartbeat-ends
says: the heart beats while the work goes on
"""

import trio


async def with_heartbeat(work, beat, every):
    async def beating():
        while True:
            beat()
            await trio.sleep(every)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(beating)
        value = await work()
        nursery.cancel_scope.cancel()
    return value
