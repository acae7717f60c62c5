"""misconception: the race must be finished, so it is shielded
fails: 0.2-outside-cancellation
says: a cancellation from outside stops every function
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

    with trio.CancelScope(shield=True):
        async with trio.open_nursery() as nursery:
            for fn in async_fns:
                nursery.start_soon(contest, fn)
    if not values:
        raise ExceptionGroup("all failed", errors)
    return values[0]
