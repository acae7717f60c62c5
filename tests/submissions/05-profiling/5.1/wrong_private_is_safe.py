"""misconception: a private address is as good as loopback
fails: 5.1-refuses
says: a host that is not loopback is refused
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    if not ipaddress.ip_address(host).is_private:
        raise ValueError(f"not on {host}")
    await listen(app, host=host, port=port)
