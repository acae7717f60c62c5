"""misconception: a message without a body can only be the disconnect
fails: 2.3-other-messages
says: a piece of the body does not mean that the client is gone
"""
async def until_disconnect(receive, async_fn):
    """Run an async function for as long as the client is there.

    Args:
        receive: the request's ASGI `receive`.
        async_fn: an async function without arguments.

    Returns:
        The value of `async_fn`.

    Raises:
        ClientGone: if the client hung up first; `async_fn` has been cancelled and has ended.
    """
    ended = []

    async def work():
        try:
            value = await async_fn()
        except Exception as error:
            ended.append((None, error))
        else:
            ended.append((value, None))
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        while (await receive()).get("body") is not None:
            pass
        nursery.cancel_scope.cancel()
    if not ended:
        raise ClientGone("client went away")
    value, error = ended[0]
    if error is not None:
        raise error
    return value
