"""misconception: a contestant that gets a head start is still racing
fails: 0.2-first-wins
says: race returns the value of the first function that returns
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
            await trio.sleep(30)
    if not values:
        raise ExceptionGroup("all failed", errors)
    return values[0]
