"""approach: the error leaves its task, so the nursery cancels by itself; outside, the recorded one is raised in its place
"""

import trio


async def gather(*async_fns):
    results, failures = {}, []

    async def child(number, fn):
        try:
            results[number] = await fn()
        except Exception as exc:
            failures.append(exc)
            raise

    try:
        async with trio.open_nursery() as tasks:
            for number, fn in enumerate(async_fns):
                tasks.start_soon(child, number, fn)
    except BaseExceptionGroup:
        if failures:
            raise failures[0] from None
        raise
    return [results[number] for number in range(len(async_fns))]
