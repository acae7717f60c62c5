"""approach: a set of names that are known to be loopback
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    if host not in {"127.0.0.1", "::1", "localhost"}:
        raise ValueError(f"refusing to open the debug port on {host!r}")
    await listen(app, host=host, port=port)
