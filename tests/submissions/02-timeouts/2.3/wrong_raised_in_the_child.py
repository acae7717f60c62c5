"""misconception: an exception comes out of a nursery as it went in
fails: 2.3-gone
says: ClientGone is raised, as itself, when the client has gone
"""
import trio


async def until_disconnect(receive, async_fn):
    async def listen():
        while (await receive())["type"] != "http.disconnect":
            pass
        raise ClientGone("client went away")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        value = await async_fn()
        nursery.cancel_scope.cancel()
    return value
