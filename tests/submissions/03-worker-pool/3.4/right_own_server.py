"""approach: a small HTTP server of its own on trio's listeners, one request for each connection
"""
import signal

import trio


async def serve(app, pool, *, readiness, host="127.0.0.1", port=8080, grace=5.0, drain_delay=0.0):
    busy, code = set(), 0
    freed = trio.Condition()

    async def handle(stream):
        request = b""
        async with stream:
            while b"\r\n\r\n" not in request:
                part = await stream.receive_some()
                if not part:
                    return
                request += part
            busy.add(stream)
            try:
                await answer(stream, request.split()[1].decode())
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                pass
            finally:
                busy.discard(stream)
        async with freed:
            freed.notify_all()

    async def answer(stream, path):
        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            if message["type"] == "http.response.start":
                lines = [f"HTTP/1.1 {message['status']} X".encode(), b"connection: close"]
                lines += [name + b": " + value for name, value in message["headers"]]
                await stream.send_all(b"\r\n".join(lines) + b"\r\n\r\n")
            else:
                await stream.send_all(message["body"])

        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
        await app(scope, receive, send)

    async def drained():
        async with freed:
            while busy:
                await freed.wait()

    async def second(signals):
        nonlocal code
        async for number in signals:
            code = number
            everything.cancel()

    async def accept(listeners, clients):
        with accepting:
            await trio.serve_listeners(handle, listeners, handler_nursery=clients)

    accepting = trio.CancelScope()
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals, trio.CancelScope() as everything:
        async with pool, trio.open_nursery() as clients:
            listeners = await trio.open_tcp_listeners(port, host=host)
            clients.start_soon(accept, listeners, clients)
            await anext(signals)
            clients.start_soon(second, signals)
            readiness.start_draining()
            await trio.sleep(drain_delay)
            accepting.cancel()
            for listener in listeners:
                await listener.aclose()
            with trio.move_on_after(grace):
                await drained()
            await pool.shutdown(grace)
            clients.cancel_scope.cancel()
    return code
