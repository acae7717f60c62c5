"""misconception: one message is all that comes
fails: 2.3-other-messages
says: after other messages, the disconnect is still noticed
"""
import trio


async def until_disconnect(receive, async_fn):
    results = []

    async def listen():
        if (await receive())["type"] == "http.disconnect":
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        results.append(await async_fn())
        nursery.cancel_scope.cancel()
    if not results:
        raise ClientGone("client went away")
    return results[0]
