"""misconception: a value of None means that nobody has answered yet
fails: 0.2-none-can-win
says: a function that returns None, or anything false, has won
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    winner, errors = None, []

    async def contest(fn):
        nonlocal winner
        try:
            value = await fn()
        except Exception as error:
            errors.append(error)
        else:
            if value is not None:
                winner = value
                nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
    if len(errors) == len(async_fns):
        raise ExceptionGroup("all failed", errors)
    return winner
