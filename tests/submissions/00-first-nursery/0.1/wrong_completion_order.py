"""misconception: results may be collected as they come
fails: 0.1-order
says: in the order of the arguments, not of completion
"""

import trio


async def gather(*async_fns):
    results, errors = [], []

    async def run_one(async_fn):
        try:
            results.append(await async_fn())
        except Exception as error:
            errors.append(error)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for async_fn in async_fns:
            nursery.start_soon(run_one, async_fn)
    if errors:
        raise errors[0]
    return results
