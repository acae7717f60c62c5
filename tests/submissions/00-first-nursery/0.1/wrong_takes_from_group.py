"""misconception: what is taken out of the nursery's group is the object that was raised, also when that was a group
fails: 0.1-own-group
says: it is the same object that the function raised
"""

import trio


async def gather(*async_fns):
    results = [None] * len(async_fns)

    async def run_one(i, async_fn):
        results[i] = await async_fn()

    try:
        async with trio.open_nursery() as nursery:
            for i, async_fn in enumerate(async_fns):
                nursery.start_soon(run_one, i, async_fn)
    except ExceptionGroup as group:
        raise group.exceptions[0]
    return results
