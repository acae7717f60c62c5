"""misconception: one error needs no group
fails: 0.2-none-and-one
says: a group with one member
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
    if values:
        return values[0]
    if len(errors) == 1:
        raise errors[0]
    raise ExceptionGroup("all failed", errors)
