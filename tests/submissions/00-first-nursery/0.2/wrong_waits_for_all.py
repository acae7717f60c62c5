"""misconception: a nursery's block is left when there is a winner; nobody needs to be cancelled
fails: 0.2-first-wins, 0.2-losers-clean-up
says: race returns as soon as there is a winner
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    values, errors = [], []

    async def contest(fn):
        try:
            values.append(await fn())
        except Exception as error:
            errors.append(error)

    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
    if not values:
        raise ExceptionGroup("all failed", errors)
    return values[0]
