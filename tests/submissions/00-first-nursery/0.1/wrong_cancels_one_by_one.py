"""misconception: the others are stopped in turn, each when the one before has ended
fails: 0.1-error-cancels
says: at that instant
"""

import trio


async def gather(*async_fns):
    results, errors = [None] * len(async_fns), []
    scopes = [trio.CancelScope() for _ in async_fns]
    ended = [trio.Event() for _ in async_fns]
    failed = trio.Event()

    async def run_one(i, async_fn):
        with scopes[i]:
            try:
                results[i] = await async_fn()
            except Exception as error:
                errors.append(error)
                failed.set()
        ended[i].set()

    async def stop_all():
        await failed.wait()
        for scope, event in zip(scopes, ended, strict=True):
            scope.cancel()
            await event.wait()

    async with trio.open_nursery() as outer:
        outer.start_soon(stop_all)
        async with trio.open_nursery() as nursery:
            for i, async_fn in enumerate(async_fns):
                nursery.start_soon(run_one, i, async_fn)
        outer.cancel_scope.cancel()
    if errors:
        raise errors[0]
    return results
