"""misconception: a function is a good key for its result
fails: 0.1-order
says: in the order of the arguments
"""

import trio


async def gather(*async_fns):
    results, errors = {}, []

    async def run_one(async_fn):
        try:
            results[async_fn] = await async_fn()
        except Exception as error:
            errors.append(error)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for async_fn in set(async_fns):
            nursery.start_soon(run_one, async_fn)
    if errors:
        raise errors[0]
    return [results[async_fn] for async_fn in dict.fromkeys(async_fns)]
