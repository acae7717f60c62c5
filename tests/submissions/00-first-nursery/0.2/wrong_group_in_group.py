"""misconception: a group raised inside the nursery's block leaves it as it is
fails: 0.2-all-fail
says: one level too deep
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    values, errors = [], []

    async with trio.open_nursery() as nursery:
        async def contest(fn):
            try:
                value = await fn()
            except Exception as error:
                errors.append(error)
                if len(errors) == len(async_fns):
                    raise ExceptionGroup("all failed", errors)
            else:
                values.append(value)
                nursery.cancel_scope.cancel()

        for fn in async_fns:
            nursery.start_soon(contest, fn)
    return values[0]
