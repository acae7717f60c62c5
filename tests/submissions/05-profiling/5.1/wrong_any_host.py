"""misconception: whoever names a host knows what they do
fails: 5.1-refuses
says: a host that is not loopback is refused
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    await listen(app, host=host, port=port)
