"""misconception: the first error is that of the first argument that failed
fails: 0.1-first-in-time
says: the first error in time is raised
"""

import trio


async def gather(*async_fns):
    results = [None] * len(async_fns)
    errors = [None] * len(async_fns)

    async def run_one(i, async_fn):
        try:
            results[i] = await async_fn()
        except Exception as error:
            errors[i] = error
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for i, async_fn in enumerate(async_fns):
            nursery.start_soon(run_one, i, async_fn)
    for error in errors:
        if error is not None:
            raise error
    return results
