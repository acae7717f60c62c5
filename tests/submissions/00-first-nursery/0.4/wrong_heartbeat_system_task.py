"""misconception: a task that nobody waits for ends with the function that started it
fails: 0.4-heartbeat-ends
says: the heart beats while the work goes on, and not after it
"""

import trio


async def heartbeat(beat, every):
    while True:
        await trio.sleep(every)
        beat()


async def with_heartbeat(work, beat, every):
    trio.lowlevel.spawn_system_task(heartbeat, beat, every)
    return await work()
