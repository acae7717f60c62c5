"""approach: the work under a cancel scope of its own, the listener in a nursery around it, an event between them
"""
import trio


async def until_disconnect(receive, async_fn):
    gone, scope, box = trio.Event(), trio.CancelScope(), {}

    async def listen():
        message = {"type": ""}
        while message["type"] != "http.disconnect":
            message = await receive()
        gone.set()
        scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        with scope:
            try:
                box["value"] = await async_fn()
            except Exception as error:
                box["error"] = error
        nursery.cancel_scope.cancel()
    if "error" in box:
        raise box["error"]
    if "value" in box:
        return box["value"]
    raise ClientGone("client went away")
