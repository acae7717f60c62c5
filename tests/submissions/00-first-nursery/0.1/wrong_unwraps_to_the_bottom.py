"""misconception: every ExceptionGroup was made by the nursery and must be opened
fails: 0.1-own-group
says: neither wrapped nor opened
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
    except BaseException as error:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None
    return results
