"""misconception: calling `listen` starts the server, nobody need await it
fails: 5.1-serves
says: serve_debug has returned
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"expected a loopback address, not {host!r}")
    listen(app, host=host, port=port)
