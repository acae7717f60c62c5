"""misconception: Cancelled is an error like any other and may be kept
fails: 0.1-outside-cancellation, 0.1-error-cancels
says: a Cancelled is never swallowed
"""

import trio


async def gather(*async_fns):
    results = [None] * len(async_fns)
    errors = []

    async def run_one(i, async_fn):
        try:
            results[i] = await async_fn()
        except BaseException as error:
            errors.append(error)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for i, async_fn in enumerate(async_fns):
            nursery.start_soon(run_one, i, async_fn)
    if errors:
        raise errors[0]
    return results
