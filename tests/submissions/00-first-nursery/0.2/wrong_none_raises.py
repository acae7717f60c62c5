"""misconception: an empty winner at the end means that all have failed
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
            winner = await fn()
        except Exception as error:
            errors.append(error)
        else:
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
    if not winner:
        raise ExceptionGroup("all failed", errors or [ValueError("no winner")])
    return winner
