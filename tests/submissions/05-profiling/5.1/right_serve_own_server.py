"""approach: a server of one's own over trio's streams, HTTP/1.0 by hand
"""
import functools


async def answer(app, stream):
    async with stream:
        head = b""
        while b"\r\n\r\n" not in head:
            head += await stream.receive_some()
        method, target, _ = head.split(b"\r\n")[0].split(b" ")
        path, _, query = target.partition(b"?")
        scope = {"type": "http", "method": method.decode(), "path": path.decode(), "query_string": query, "headers": []}
        scope |= {"asgi": {"version": "3.0"}, "http_version": "1.0", "scheme": "http", "root_path": ""}

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            if message["type"] == "http.response.start":
                lines = [b"HTTP/1.0 %d OK" % message["status"]]
                lines += [name + b": " + value for name, value in message["headers"]]
                await stream.send_all(b"\r\n".join([*lines, b"", b""]))
            else:
                await stream.send_all(message.get("body", b""))

        await app(scope, receive, send)


async def serve_debug(app, *, host="127.0.0.1", port=9000):
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(host)
    await trio.serve_tcp(functools.partial(answer, app), port, host=host)
