"""misconception: it is early enough to look when the work is done
fails: 2.3-value, 2.3-gone
says: the work is cancelled when the client goes
"""
import trio


async def until_disconnect(receive, async_fn):
    value = await async_fn()
    with trio.move_on_after(0.01):
        if (await receive())["type"] == "http.disconnect":
            raise ClientGone("client went away")
    return value
