"""misconception: no value means that the client has gone
fails: 2.3-value
says: the value of async_fn is returned, whatever it is
"""
import trio


async def until_disconnect(receive, async_fn):
    value = None

    async def listen():
        while (await receive())["type"] != "http.disconnect":
            pass
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        value = await async_fn()
        nursery.cancel_scope.cancel()
    if not value:
        raise ClientGone("client went away")
    return value
