"""misconception: the first function that ends, by whatever way, decides the race
fails: 0.2-failing-has-not-won, 0.2-all-fail
says: a function that raises has not won
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    values, errors = [], []

    async def contest(fn):
        try:
            values.append(await fn())
        except Exception as error:
            errors.append(error)
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
    if values:
        return values[0]
    raise ExceptionGroup("all failed", errors)
