"""misconception: a Cancelled can only come from the client
fails: 2.3-leaves
says: a cancellation from outside is neither a value nor ClientGone
"""
import trio


async def until_disconnect(receive, async_fn):
    results = []

    async def listen():
        while (await receive())["type"] != "http.disconnect":
            pass
        nursery.cancel_scope.cancel()

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            results.append(await async_fn())
            nursery.cancel_scope.cancel()
    except* trio.Cancelled:
        pass
    if not results:
        raise ClientGone("client went away")
    return results[0]
