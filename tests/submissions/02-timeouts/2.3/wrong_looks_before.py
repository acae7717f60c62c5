"""misconception: it is enough to look before the work begins
fails: 2.3-gone
says: ClientGone is raised, as itself, when the client has gone
"""
import trio


async def until_disconnect(receive, async_fn):
    with trio.move_on_after(0):
        if (await receive())["type"] == "http.disconnect":
            raise ClientGone("client went away")
    return await async_fn()
