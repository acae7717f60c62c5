"""misconception: no value means that the client has gone, also after an exception
fails: 2.3-failure
says: what async_fn raises reaches the caller
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
    except* Exception:
        pass
    if not results:
        raise ClientGone("client went away")
    return results[0]
