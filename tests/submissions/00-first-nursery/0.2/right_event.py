"""approach: the first to have an answer sets an event on which the parent waits
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    over = trio.Event()
    outcomes = []

    async def contest(fn):
        try:
            value = await fn()
        except Exception as exc:
            failed.append(exc)
            if len(failed) == len(async_fns):
                over.set()
        else:
            outcomes.append(value)
            over.set()

    failed = []
    async with trio.open_nursery() as nursery:
        for fn in async_fns:
            nursery.start_soon(contest, fn)
        await over.wait()
        nursery.cancel_scope.cancel()
    if outcomes:
        return outcomes[0]
    raise ExceptionGroup("no answer", failed)
