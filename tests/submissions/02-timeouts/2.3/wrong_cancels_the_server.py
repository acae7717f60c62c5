"""misconception: whoever notices cancels the nursery that the request runs in
fails: 2.3-own-request
says: a client that goes cancels its own request and nobody else's
"""
import trio


async def until_disconnect(receive, async_fn):
    results, request = [], trio.lowlevel.current_task()

    async def listen():
        while (await receive())["type"] != "http.disconnect":
            pass
        nursery.cancel_scope.cancel()
        server = request.parent_nursery
        if server is not None and server.parent_task.parent_nursery is not None and len(server.child_tasks) > 1:
            server.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        results.append(await async_fn())
        nursery.cancel_scope.cancel()
    if not results:
        raise ClientGone("client went away")
    return results[0]
