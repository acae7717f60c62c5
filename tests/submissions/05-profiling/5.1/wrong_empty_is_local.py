"""misconception: no host means this machine
fails: 5.1-lookalikes
says: judged by what it is
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    if host and host not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError(f"expected a loopback address, not {host}")
    await listen(app, host=host, port=port)
