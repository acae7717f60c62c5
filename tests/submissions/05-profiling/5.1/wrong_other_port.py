"""misconception: any port will do
fails: 5.1-lookalikes
says: unless told otherwise
"""
async def serve_debug(app, *, host="127.0.0.1", port=8080):
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"expected a loopback address, not {host}")
    await listen(app, host=host, port=port)
