"""misconception: an exception that leaves a nursery is still the exception that was raised
fails: 0.1-error-as-itself, 0.1-own-group
says: not inside an ExceptionGroup
"""

import trio


async def gather(*async_fns):
    results = [None] * len(async_fns)

    async def run_one(i, async_fn):
        results[i] = await async_fn()

    async with trio.open_nursery() as nursery:
        for i, async_fn in enumerate(async_fns):
            nursery.start_soon(run_one, i, async_fn)
    return results
