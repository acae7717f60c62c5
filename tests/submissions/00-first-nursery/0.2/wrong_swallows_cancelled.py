"""misconception: a loser's Cancelled is just one more error to keep
fails: 0.2-losers-clean-up, 0.2-outside-cancellation
says: a Cancelled is never swallowed
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    values, errors = [], []

    async def contest(fn):
        try:
            value = await fn()
        except BaseException as error:
            errors.append(error)
        else:
            values.append(value)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
    if not values:
        raise BaseExceptionGroup("all failed", errors)
    return values[0]
