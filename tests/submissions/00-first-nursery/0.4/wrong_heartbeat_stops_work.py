"""misconception: whoever ends first ends both
fails: 0.4-heartbeat-ends
says: returns as soon as the work is done
"""

import trio


async def heartbeat(beat, every):
    while True:
        await trio.sleep(every)
        beat()


async def with_heartbeat(work, beat, every):
    value = None
    async with trio.open_nursery() as nursery:

        async def working():
            nonlocal value
            value = await work()

        async def beating():
            await trio.sleep(every)
            beat()
            nursery.cancel_scope.cancel()

        nursery.start_soon(working)
        nursery.start_soon(beating)
    return value
