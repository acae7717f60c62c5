"""misconception: an assert is a check of arguments
fails: 5.1-refuses
says: a host that is not loopback is refused
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    assert ipaddress.ip_address(host).is_loopback, host
    await listen(app, host=host, port=port)
