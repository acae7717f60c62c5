"""misconception: what begins with 127. is loopback
fails: 5.1-lookalikes
says: judged by what it is
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    if not host.startswith(("127.", "localhost", "::1")):
        raise ValueError(f"expected a loopback address, not {host}")
    await listen(app, host=host, port=port)
