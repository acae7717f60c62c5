"""misconception: an exception in one child may leave the nursery, which cancels the siblings
fails: 0.2-failing-has-not-won
says: a function that raises has not won
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    values = []
    async with trio.open_nursery() as nursery:
        async def contest(fn):
            values.append(await fn())
            nursery.cancel_scope.cancel()

        for fn in async_fns:
            nursery.start_soon(contest, fn)
    return values[0]
