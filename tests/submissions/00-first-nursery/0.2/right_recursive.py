"""approach: the first beside the race of the rest, all under one scope
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    winners, errors = [], []

    async def run_all(fns):
        if not fns:
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_all, fns[1:])
            try:
                value = await fns[0]()
            except Exception as exc:
                errors.append(exc)
            else:
                winners.append(value)
                scope.cancel()

    with trio.CancelScope() as scope:
        await run_all(async_fns)
    if winners:
        return winners[0]
    raise ExceptionGroup("no winner", errors)
