"""misconception: an error is a matter of its own task; the others run to their end
fails: 0.1-error-cancels
says: the first error cancels all other functions
"""

import trio


async def gather(*async_fns):
    results = [None] * len(async_fns)
    errors = []

    async def run_one(i, async_fn):
        try:
            results[i] = await async_fn()
        except Exception as error:
            errors.append(error)

    async with trio.open_nursery() as nursery:
        for i, async_fn in enumerate(async_fns):
            nursery.start_soon(run_one, i, async_fn)
    if errors:
        raise errors[0]
    return results
