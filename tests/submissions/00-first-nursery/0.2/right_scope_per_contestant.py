"""approach: each contestant has its own scope; the winner cancels the others, not itself
"""

import trio


async def race(*async_fns):
    if not async_fns:
        raise ValueError("nothing to race")
    scopes = {}
    result = {}
    errors = []

    async def contest(number, fn):
        with scopes[number]:
            try:
                value = await fn()
            except Exception as exc:
                errors.append(exc)
                return
            result.setdefault("winner", value)
            for other, scope in scopes.items():
                if other != number:
                    scope.cancel()

    async with trio.open_nursery() as nursery:
        for number, fn in enumerate(async_fns):
            scopes[number] = trio.CancelScope()
            nursery.start_soon(contest, number, fn)
    if "winner" in result:
        return result["winner"]
    raise ExceptionGroup("race lost by all", errors)
