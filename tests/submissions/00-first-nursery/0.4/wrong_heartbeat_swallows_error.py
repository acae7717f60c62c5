"""misconception: if the work fails there is no value: None
fails: 0.4-heartbeat-after-failure
says: the error of the work is raised
"""

import trio


async def heartbeat(beat, every):
    while True:
        await trio.sleep(every)
        beat()


async def with_heartbeat(work, beat, every):
    value = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(heartbeat, beat, every)
        try:
            value = await work()
        except Exception:
            pass
        nursery.cancel_scope.cancel()
    return value
