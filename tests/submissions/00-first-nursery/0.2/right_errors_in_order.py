"""approach: the group is built in the order of the arguments, from slots
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    slots = [None] * len(async_fns)
    finished = []

    async def contest(place, fn):
        try:
            finished.append(await fn())
            tasks.cancel_scope.cancel()
        except Exception as exc:
            slots[place] = exc

    async with trio.open_nursery() as tasks:
        for place, fn in enumerate(async_fns):
            tasks.start_soon(contest, place, fn)
    try:
        return finished[0]
    except IndexError:
        raise ExceptionGroup("each of them failed", slots) from None
