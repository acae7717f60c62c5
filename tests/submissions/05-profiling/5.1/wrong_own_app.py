"""misconception: there is only one debug application
fails: 5.1-serves
says: serves the application that it was given
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"expected a loopback address, not {host}")
    await listen(debug_app(), host=host, port=port)
