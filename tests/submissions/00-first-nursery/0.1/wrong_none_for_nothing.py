"""misconception: without functions there is nothing to return
fails: 0.1-none-and-one
says: returns an empty list
"""

import trio


async def gather(*async_fns):
    if not async_fns:
        return None
    results, errors = [None] * len(async_fns), []

    async def run_one(i, async_fn):
        try:
            results[i] = await async_fn()
        except Exception as error:
            errors.append(error)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for i, async_fn in enumerate(async_fns):
            nursery.start_soon(run_one, i, async_fn)
    if errors:
        raise errors[0]
    return results
