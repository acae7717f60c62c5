"""misconception: the value gets lost on the way out of the nursery
fails: 0.4-heartbeat-ends
says: with_heartbeat returns the value of the work
"""

import trio


async def heartbeat(beat, every):
    while True:
        await trio.sleep(every)
        beat()


async def with_heartbeat(work, beat, every):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(heartbeat, beat, every)
        await work()
        nursery.cancel_scope.cancel()
