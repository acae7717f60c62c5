"""misconception: losers are stopped in turn, each when the one before has ended
fails: 0.2-losers-clean-up
says: all losers are cancelled at the instant
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    values, errors, over = [], [], trio.Event()
    scopes = [trio.CancelScope() for _ in async_fns]
    ended = [trio.Event() for _ in async_fns]

    async def contest(i, fn):
        try:
            with scopes[i]:
                try:
                    value = await fn()
                except Exception as error:
                    errors.append(error)
                else:
                    values.append(value)
            if values or len(errors) == len(async_fns):
                over.set()
        finally:
            ended[i].set()

    async with trio.open_nursery() as nursery:
        for i, fn in enumerate(async_fns):
            nursery.start_soon(contest, i, fn)
        await over.wait()
        for scope, event in zip(scopes, ended, strict=True):
            scope.cancel()
            await event.wait()
    if not values:
        raise ExceptionGroup("all failed", errors)
    return values[0]
