"""misconception: an ExceptionGroup without members says that there was nothing to race
fails: 0.2-none-and-one
says: race() raises it: 'nothing to race'
"""

import trio


async def race(*async_fns):
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
    return values[0]
