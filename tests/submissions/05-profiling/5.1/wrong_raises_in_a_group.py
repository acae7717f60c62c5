"""misconception: an exception leaves a nursery as itself
fails: 5.1-refuses
says: a host that is not loopback is refused
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    async def judge():
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(host)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(judge)
        await judge()
        await listen(app, host=host, port=port)
