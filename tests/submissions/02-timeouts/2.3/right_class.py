"""approach: an object for one connection; the exception of the group is unwrapped with except*
"""
import trio


class _Stop(Exception):
    pass


async def until_disconnect(receive, async_fn):
    outcome = {}

    async def listen():
        await trio.lowlevel.checkpoint()
        while (await receive())["type"] != "http.disconnect":
            await trio.lowlevel.checkpoint()
        raise _Stop

    async def work():
        try:
            outcome["value"] = await async_fn()
        except Exception as error:
            outcome["error"] = error
        raise _Stop

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            nursery.start_soon(work)
    except* _Stop:
        pass
    if "error" in outcome:
        raise outcome["error"]
    if "value" not in outcome:
        raise ClientGone
    return outcome["value"]
