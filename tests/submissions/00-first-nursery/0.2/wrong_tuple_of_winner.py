"""misconception: the winner is told together with its value
fails: 0.2-first-wins
says: race returns the value of the first function that returns
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    values, errors = [], []

    async def contest(i, fn):
        try:
            value = await fn()
        except Exception as error:
            errors.append(error)
        else:
            values.append((i, value))
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for i, fn in enumerate(async_fns):
            nursery.start_soon(contest, i, fn)
    if not values:
        raise ExceptionGroup("all failed", errors)
    return values[0]
