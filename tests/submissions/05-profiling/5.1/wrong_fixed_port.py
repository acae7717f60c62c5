"""misconception: the port is always 9000
fails: 5.1-serves
says: the application is served
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"expected a loopback address, not {host}")
    await listen(app, host=host, port=9000)
