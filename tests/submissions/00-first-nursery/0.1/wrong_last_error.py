"""misconception: of several errors any will do
fails: 0.1-first-in-time
says: the first error in time is raised
"""

import trio


async def gather(*async_fns):
    results = [None] * len(async_fns)
    failure = None

    async def run_one(i, async_fn):
        nonlocal failure
        try:
            results[i] = await async_fn()
        except Exception as error:
            failure = error
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for i, async_fn in enumerate(async_fns):
            nursery.start_soon(run_one, i, async_fn)
    if failure:
        raise failure
    return results
