"""misconception: one flag tells whether the client has gone
fails: 2.3-own-request
says: a client that goes cancels its own request and nobody else's
"""
import trio

_gone = []


async def until_disconnect(receive, async_fn):
    results = []

    async def listen():
        while (await receive())["type"] != "http.disconnect":
            pass
        _gone.append(True)

    async def work():
        results.append(await async_fn())
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        _gone.clear()
        nursery.start_soon(listen)
        nursery.start_soon(work)
        while not _gone:
            await trio.sleep(0.125)
        nursery.cancel_scope.cancel()
    if not results:
        raise ClientGone("client went away")
    return results[0]
