"""misconception: two functions cannot return at the same time
fails: 0.2-photo-finish
says: returns the value of one of them
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
            errors.append(error)
        else:
            values.append(value)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
    if not values:
        raise ExceptionGroup("all failed", errors)
    [winner] = values
    return winner
