"""misconception: what is forbidden raises PermissionError
fails: 5.1-refuses
says: a host that is not loopback is refused
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    if host not in ("127.0.0.1", "::1", "localhost"):
        raise PermissionError(host)
    await listen(app, host=host, port=port)
