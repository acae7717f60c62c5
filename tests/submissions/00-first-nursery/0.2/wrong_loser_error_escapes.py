"""misconception: an error of a cancelled loser cannot happen
fails: 0.2-late-losers
says: the first to return wins, whatever the losers return or raise later
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    values, errors = [], []

    async def contest(fn):
        try:
            value = await fn()
        except Exception as error:
            if values:
                raise
            errors.append(error)
        else:
            values.append(value)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
    if not values:
        raise ExceptionGroup("all failed", errors)
    return values[0]
