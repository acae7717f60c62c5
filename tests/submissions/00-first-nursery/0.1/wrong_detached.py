"""misconception: tasks can be started anywhere, it is enough to wait for their results
fails: 0.1-error-cancels, 0.1-outside-cancellation
says: all functions have cleaned up and ended
"""

import trio


async def gather(*async_fns):
    results, errors, done = {}, [], trio.Event()

    async def run_one(i, async_fn):
        try:
            results[i] = await async_fn()
        except Exception as error:
            errors.append(error)
        if errors or len(results) == len(async_fns):
            done.set()

    for i, async_fn in enumerate(async_fns):
        trio.lowlevel.spawn_system_task(run_one, i, async_fn)
    if async_fns:
        await done.wait()
    if errors:
        raise errors[0]
    return [results[i] for i in range(len(async_fns))]
