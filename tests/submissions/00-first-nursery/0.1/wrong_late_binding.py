"""misconception: a nested function sees the loop variable as it was when it was made
fails: 0.1-order
says: in the order of the arguments
"""

import trio


async def gather(*async_fns):
    results, errors = [None] * len(async_fns), []

    async with trio.open_nursery() as nursery:
        for i, async_fn in enumerate(async_fns):

            async def run_one():
                try:
                    results[i] = await async_fn()
                except Exception as error:
                    errors.append(error)
                    nursery.cancel_scope.cancel()

            nursery.start_soon(run_one)
    if errors:
        raise errors[0]
    return results
