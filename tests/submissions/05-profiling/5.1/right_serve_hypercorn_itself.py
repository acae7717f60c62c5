"""approach: Hypercorn without a helper; the host judged by resolving it
"""
async def serve_debug(app, *, host="127.0.0.1", port=9000):
    from hypercorn.config import Config
    from hypercorn.trio import serve

    try:
        found = {info[4][0] for info in socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM)}
    except OSError:
        found = set()
    if not found or not all(ipaddress.ip_address(one).is_loopback for one in found):
        raise ValueError(f"{host!r} is not only this machine")
    config = Config()
    config.bind = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"]
    config.errorlog = None
    await serve(app, config)
