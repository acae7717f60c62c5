"""misconception: the line after the work always runs
fails: 0.4-heartbeat-after-failure
says: when the work fails the heartbeat ends too
"""

import trio


async def heartbeat(beat, every):
    while True:
        await trio.sleep(every)
        beat()


async def with_heartbeat(work, beat, every):
    scope = trio.CancelScope()

    async def beating():
        with scope:
            await heartbeat(beat, every)

    trio.lowlevel.spawn_system_task(beating)
    value = await work()
    scope.cancel()
    return value
