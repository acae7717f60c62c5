"""misconception: one function needs no list
fails: 0.1-none-and-one
says: with one function there is one result
"""

import trio


async def gather(*async_fns):
    if len(async_fns) == 1:
        return await async_fns[0]()
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
