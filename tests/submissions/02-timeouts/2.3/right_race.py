"""approach: a small general race of two async functions, and exceptions as outcomes
"""
import trio


async def _first(*async_fns):
    winners = []
    async with trio.open_nursery() as nursery:

        async def contest(number, fn):
            try:
                winners.append((number, await fn(), None))
            except Exception as error:
                winners.append((number, None, error))
            nursery.cancel_scope.cancel()

        for number, fn in enumerate(async_fns):
            nursery.start_soon(contest, number, fn)
    return winners[0]


async def until_disconnect(receive, async_fn):
    async def gone():
        while (await receive())["type"] != "http.disconnect":
            pass

    number, value, error = await _first(async_fn, gone)
    if number == 1 and error is None:
        raise ClientGone("client went away")
    if error is not None:
        raise error
    return value
