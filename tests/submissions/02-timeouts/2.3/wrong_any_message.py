"""misconception: whatever comes after the body is the end
fails: 2.3-other-messages
says: a piece of the body does not mean that the client is gone
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

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        await receive()
        nursery.cancel_scope.cancel()
    if not results:
        raise ClientGone("client went away")
    if results[0][1]:
        raise results[0][1]
    return results[0][0]
