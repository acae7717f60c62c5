"""approach: the parent runs the last function itself, children run the others
"""

import trio


async def gather(*async_fns):
    answers = [None for _ in async_fns]
    bad = []

    async def one(k):
        try:
            answers[k] = await async_fns[k]()
        except Exception as exc:
            bad.append(exc)
            n.cancel_scope.cancel()

    async with trio.open_nursery() as n:
        for k in range(len(async_fns) - 1):
            n.start_soon(one, k)
        if async_fns:
            await one(len(async_fns) - 1)
    if bad:
        raise bad[0]
    return answers
