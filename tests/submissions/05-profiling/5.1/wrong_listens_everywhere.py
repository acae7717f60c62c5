"""misconception: a host that was checked need not be used
fails: 5.1-serves
says: on no other address
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"expected a loopback address, not {host}")
    await listen(app, host="0.0.0.0", port=port)
