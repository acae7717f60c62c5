"""approach: both report through a memory channel; the first report decides
"""
import trio


async def until_disconnect(receive, async_fn):
    send, reports = trio.open_memory_channel(2)

    async def work():
        try:
            report = ("value", await async_fn())
        except Exception as error:
            report = ("error", error)
        await send.send(report)

    async def listen():
        while (await receive()).get("type") != "http.disconnect":
            await trio.lowlevel.checkpoint()
        await send.send(("gone", None))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        nursery.start_soon(listen)
        what, payload = await reports.receive()
        nursery.cancel_scope.cancel()
    if what == "value":
        return payload
    raise payload if what == "error" else ClientGone("client went away")
