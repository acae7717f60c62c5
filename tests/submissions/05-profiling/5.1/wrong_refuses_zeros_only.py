"""misconception: 0.0.0.0 is the only dangerous address
fails: 5.1-refuses
says: a host that is not loopback is refused
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    if host == "0.0.0.0":
        raise ValueError("not on all addresses")
    await listen(app, host=host, port=port)
