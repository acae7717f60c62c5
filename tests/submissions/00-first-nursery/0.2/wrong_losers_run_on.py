"""misconception: once there is a winner, race may return while the losers still run
fails: 0.2-losers-clean-up
says: every loser has finished its clean-up before race returns
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    values, errors, over = [], [], trio.Event()

    async def contest(fn):
        try:
            values.append(await fn())
        except Exception as error:
            errors.append(error)
        if values or len(errors) == len(async_fns):
            over.set()

    for fn in async_fns:
        trio.lowlevel.spawn_system_task(contest, fn)
    await over.wait()
    if values:
        return values[0]
    raise ExceptionGroup("all failed", errors)
