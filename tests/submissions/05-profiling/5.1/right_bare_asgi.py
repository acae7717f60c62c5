"""approach: no framework: an ASGI function that writes its messages itself; no lifespan, short paths
"""
from urllib.parse import parse_qs


def debug_app():
    async def say(send, status, kind, body):
        body = body if isinstance(body, bytes) else body.encode()
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind.encode())]})
        await send({"type": "http.response.body", "body": body})

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only http")
        name = scope["path"].rpartition("/")[2]
        query = {key: values[0] for key, values in parse_qs(scope["query_string"].decode()).items()}
        try:
            kind, write = FORMATS[query.get("format", "html")]
            if name == "profile":
                await say(send, 200, kind, write(await sample(float(query.get("seconds", 5)))))
            elif name == "heap":
                await say(send, 200, kind, write(heap_profile()))
            elif name in ("tasks", "block"):
                rows = task_tree() if name == "tasks" else block_profile()
                await say(send, 200, "text/plain", "\n".join(map(str, rows)) or "nothing yet")
            else:
                await say(send, 404, "text/plain", "no such profile")
        except (KeyError, ValueError) as error:
            await say(send, 400, "text/plain", repr(error))

    return app
