"""misconception: a bare except catches errors only, so a cancelled gather may return what it has
fails: 0.1-outside-cancellation
says: is not swallowed
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

    try:
        async with trio.open_nursery() as nursery:
            for i, async_fn in enumerate(async_fns):
                nursery.start_soon(run_one, i, async_fn)
    except:  # noqa: E722
        pass
    if errors:
        raise errors[0]
    return results
