"""misconception: who wants it closed will say so
fails: 5.1-lookalikes
says: unless told otherwise
"""
async def serve_debug(app, *, host="0.0.0.0", port=9000):
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"expected a loopback address, not {host}")
    await listen(app, host=host, port=port)
