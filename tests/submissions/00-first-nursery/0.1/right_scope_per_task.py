"""approach: each task has a cancel scope of its own; a failing one cancels all the others
"""

import trio


async def gather(*async_fns):
    scopes = [trio.CancelScope() for _ in async_fns]
    values = {}
    failure = []

    async def run(scope, place, fn):
        with scope:
            try:
                values[place] = await fn()
            except Exception as exc:
                failure.append(exc)
                for other in scopes:
                    other.cancel()

    async with trio.open_nursery() as nursery:
        for place, (scope, fn) in enumerate(zip(scopes, async_fns, strict=True)):
            nursery.start_soon(run, scope, place, fn)
    if failure:
        raise failure[0]
    return [values[place] for place in range(len(async_fns))]
