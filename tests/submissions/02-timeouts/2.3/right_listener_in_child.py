"""approach: the listener is the child, the work runs in the caller's own task
"""
import trio


async def until_disconnect(receive, async_fn):
    gone = False

    async def listen():
        nonlocal gone
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                gone = True
                nursery.cancel_scope.cancel()
                return

    value = error = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        try:
            value = await async_fn()
            done = True
        except Exception as caught:
            error, done = caught, True
        nursery.cancel_scope.cancel()
    if error is not None:
        raise error
    if gone and "done" not in locals():
        raise ClientGone
    return value
