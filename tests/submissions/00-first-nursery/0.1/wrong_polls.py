"""misconception: waiting means looking again every now and then
fails: 0.1-at-once
says: as long as the slowest function
"""

import trio


async def gather(*async_fns):
    results, errors = {}, []

    async def run_one(i, async_fn):
        try:
            results[i] = await async_fn()
        except Exception as error:
            errors.append(error)
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for i, async_fn in enumerate(async_fns):
            nursery.start_soon(run_one, i, async_fn)
        while len(results) < len(async_fns):
            await trio.sleep(0.75)
    if errors:
        raise errors[0]
    return [results[i] for i in range(len(async_fns))]
