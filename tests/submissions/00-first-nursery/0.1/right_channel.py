"""approach: the tasks send (place, value, error) through a memory channel; the parent receives and stops at an error
"""

import math

import trio


async def gather(*async_fns):
    results, first = [None] * len(async_fns), None
    send, receive = trio.open_memory_channel(math.inf)

    async def report(place, async_fn):
        value = error = None
        try:
            value = await async_fn()
        except Exception as caught:
            error = caught
        send.send_nowait((place, value, error))

    async with trio.open_nursery() as nursery:
        for place, async_fn in enumerate(async_fns):
            nursery.start_soon(report, place, async_fn)
        for _ in async_fns:
            place, results[place], first = await receive.receive()
            if first is not None:
                nursery.cancel_scope.cancel()
                break
    if first is not None:
        raise first
    return results
