"""approach: the first function beside the gather of the rest, under one scope for all
"""

import trio


async def gather(*async_fns):
    failures = []

    async def guarded(fn):
        try:
            return await fn()
        except Exception as exc:
            failures.append(exc)
            scope.cancel()

    async def all_of(fns):
        if not fns:
            return []
        head = []

        async def first():
            head.append(await guarded(fns[0]))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(first)
            tail = await all_of(fns[1:])
        return head + tail

    with trio.CancelScope() as scope:
        results = await all_of(async_fns)
    if failures:
        raise failures[0]
    return results
