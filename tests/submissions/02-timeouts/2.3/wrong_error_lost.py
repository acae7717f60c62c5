"""misconception: an exception of the work is the listener's business
fails: 2.3-failure
says: what async_fn raises reaches the caller
"""
import trio


async def until_disconnect(receive, async_fn):
    results = []

    async def work():
        try:
            results.append(await async_fn())
        except Exception:
            results.append(None)
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        while (await receive())["type"] != "http.disconnect":
            pass
        nursery.cancel_scope.cancel()
    if not results:
        raise ClientGone("client went away")
    return results[0]
