"""misconception: once the others are cancelled, the error may leave; they will end some time
fails: 0.1-error-cancels
says: all functions have cleaned up and ended
"""

import trio


async def gather(*async_fns):
    results, errors, done = {}, [], trio.Event()
    scopes = [trio.CancelScope() for _ in async_fns]

    async def run_one(i, async_fn):
        with scopes[i]:
            try:
                results[i] = await async_fn()
            except Exception as error:
                errors.append(error)
        if errors or len(results) == len(async_fns):
            done.set()

    for i, async_fn in enumerate(async_fns):
        trio.lowlevel.spawn_system_task(run_one, i, async_fn)
    try:
        if async_fns:
            await done.wait()
    finally:
        for scope in scopes:
            scope.cancel()
    if errors:
        raise errors[0]
    return [results[i] for i in range(len(async_fns))]
