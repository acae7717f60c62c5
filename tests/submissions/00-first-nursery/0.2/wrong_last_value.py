"""misconception: after the cancellation nobody returns any more, so the last value is the winner's
fails: 0.2-late-losers
says: the first to return wins, whatever the losers return or raise later
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    winner, errors, won = None, [], False

    async def contest(fn):
        nonlocal winner, won
        try:
            winner = await fn()
        except Exception as error:
            errors.append(error)
        else:
            won = True
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
    if not won:
        raise ExceptionGroup("all failed", errors)
    return winner
