"""misconception: what has been started must be allowed to finish, so it is shielded
fails: 0.1-outside-cancellation
says: a cancellation from outside stops every function
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
            nursery.cancel_scope.cancel()

    with trio.CancelScope(shield=True):
        async with trio.open_nursery() as nursery:
            for i, async_fn in enumerate(async_fns):
                nursery.start_soon(run_one, i, async_fn)
    if errors:
        raise errors[0]
    return results
