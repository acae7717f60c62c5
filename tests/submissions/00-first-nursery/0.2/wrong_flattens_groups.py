"""misconception: groups inside the group are opened
fails: 0.2-own-group
says: one member for each function
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    values, errors = [], []

    async def contest(fn):
        try:
            value = await fn()
        except ExceptionGroup as group:
            errors.extend(group.exceptions)
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
