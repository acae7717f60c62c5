"""approach: the work is in the nursery block itself; an error of the work leaves wrapped by the nursery
"""
import trio


async def until_disconnect(receive, async_fn):
    results = []
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def _listen():
            while True:
                if (await receive())["type"] == "http.disconnect":
                    nursery.cancel_scope.cancel()

        results.append(await async_fn())
        nursery.cancel_scope.cancel()
    if not results:
        raise ClientGone("client went away")
    return results[0]
