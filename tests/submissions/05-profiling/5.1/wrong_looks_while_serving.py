"""misconception: first serve, then look
fails: 5.1-refuses
says: refused with ValueError
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    with trio.move_on_after(0.2):
        await listen(app, host=host, port=port)
    if host not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError(host)
    await listen(app, host=host, port=port)
