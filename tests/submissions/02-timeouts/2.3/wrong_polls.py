"""misconception: asking once a second is as good as being told
fails: 2.3-gone
says: the work is cancelled when the client goes, not later
"""
import trio


async def until_disconnect(receive, async_fn):
    results = []

    async def work():
        try:
            results.append((await async_fn(), None))
        except Exception as error:
            results.append((None, error))
        nursery.cancel_scope.cancel()

    gone = False
    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        while not gone:
            await trio.sleep(1.1)
            with trio.move_on_after(0.9):
                gone = (await receive())["type"] == "http.disconnect"
        await trio.sleep(0.1)
        nursery.cancel_scope.cancel()
    if results:
        if results[0][1]:
            raise results[0][1]
        return results[0][0]
    raise ClientGone("client went away")
