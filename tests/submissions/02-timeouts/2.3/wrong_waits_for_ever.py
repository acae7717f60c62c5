"""misconception: the client will go some time, so a listener need not be stopped
fails: 2.3-value
says: nothing was left to wake one
"""
import trio


async def until_disconnect(receive, async_fn):
    results = []

    async def work():
        results.append(await async_fn())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        while (await receive())["type"] != "http.disconnect":
            pass
        nursery.cancel_scope.cancel()
    if not results:
        raise ClientGone("client went away")
    return results[0]
