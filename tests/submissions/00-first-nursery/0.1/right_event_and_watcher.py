"""approach: a watcher task waits for the first failure or for the last result and cancels what is left
"""

import trio


async def gather(*async_fns):
    if not async_fns:
        return []
    results, failures = {}, []
    over = trio.Event()

    async def run(position, fn):
        try:
            results[position] = await fn()
        except Exception as exc:
            failures.append(exc)
        if failures or len(results) == len(async_fns):
            over.set()

    async def watch():
        await over.wait()
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        for position, fn in enumerate(async_fns):
            nursery.start_soon(run, position, fn)
    if failures:
        raise failures[0]
    return [value for _, value in sorted(results.items(), key=lambda pair: pair[0])]
