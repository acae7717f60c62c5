"""misconception: nobody is waiting, so nothing has to be said
fails: 2.3-gone
says: ClientGone is raised, as itself, when the client has gone
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
    return value
