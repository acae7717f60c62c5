"""misconception: an error that happened must be raised, even if somebody has won
fails: 0.2-failing-has-not-won
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
            nursery.cancel_scope.cancel()
        except Exception as error:
            errors.append(error)

    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
    if errors:
        raise ExceptionGroup("some failed", errors)
    return values[0]
