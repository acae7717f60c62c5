"""misconception: a group with one of the errors is enough
fails: 0.2-all-fail
says: the group holds the exception of every function
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    values, last = [], None

    async def contest(fn):
        nonlocal last
        try:
            value = await fn()
        except Exception as error:
            last = error
        else:
            values.append(value)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
    if not values:
        raise ExceptionGroup("all failed", [last])
    return values[0]
