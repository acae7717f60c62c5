"""misconception: a nursery ends when its main task has a value
fails: 2.3-value
says: as soon as there is one: nobody waits for the client to go
"""
import trio


async def until_disconnect(receive, async_fn):
    async def listen():
        with trio.move_on_after(20):
            while (await receive())["type"] != "http.disconnect":
                pass
            nursery.cancel_scope.cancel()

    results = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        results.append(await async_fn())
    if not results:
        raise ClientGone("client went away")
    return results[0]
