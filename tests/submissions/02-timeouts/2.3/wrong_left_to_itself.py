"""misconception: it is enough to tell the caller; the work may go on
fails: 2.3-gone, 2.3-cleaned-up
says: the work is cancelled when the client goes, not later
"""
import trio


async def until_disconnect(receive, async_fn):
    results = []

    async def work():
        results.append(await async_fn())
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        trio.lowlevel.spawn_system_task(work)
        while (await receive())["type"] != "http.disconnect":
            pass
        nursery.cancel_scope.cancel()
    if not results:
        raise ClientGone("client went away")
    return results[0]
