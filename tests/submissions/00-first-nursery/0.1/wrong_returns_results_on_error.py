"""misconception: the results so far are better than an error
fails: 0.1-error-as-itself
says: the error is raised as itself
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
    except* Exception:
        pass
    return results
