"""approach: an object for each request keeps what is known of it; CancelScope made by hand
"""
import trio
from starlette.responses import JSONResponse


class _Request:
    def __init__(self, outer, scope, send):
        self.outer, self.scope, self._send = outer, scope, send
        self.limit = trio.CancelScope(deadline=trio.current_time() + outer.timeout)
        self.begin, self.status, self.begun, self.complete = trio.current_time(), None, False, False

    async def send(self, message):
        await trio.lowlevel.checkpoint()
        if self.limit.cancel_called:
            return
        if message["type"] == "http.response.start":
            self.begun, self.status = True, message["status"]
        await self._send(message)
        if message["type"] == "http.response.body":
            self.complete = not message.get("more_body")

    def record(self):
        ids = [value.decode("latin-1") for name, value in self.scope["headers"] if name == b"x-request-id"]
        return {
            "event": "over budget",
            "trace_id": ids[0] if ids else f"{id(self):x}-{self.begin}",
            "route": self.scope["path"],
            "budget_s": self.outer.budget,
            "elapsed_s": trio.current_time() - self.begin,
            "status": self.status,
        }


class Budget:
    def __init__(self, app, *, timeout, budget, log):
        self.app, self.timeout, self.budget, self.log = app, timeout, budget, log

    async def __call__(self, scope, receive, send):
        if scope["type"] in ("lifespan", "websocket"):
            return await self.app(scope, receive, send)
        request = _Request(self, scope, send)
        try:
            await self.run(request, scope, receive, send)
        finally:
            if trio.current_time() - request.begin > self.budget:
                self.log(request.record())

    async def run(self, request, scope, receive, send):
        try:
            with request.limit:
                await self.app(scope, receive, request.send)
        except Exception:
            if not request.limit.cancel_called:
                raise
        if not request.limit.cancel_called or request.complete:
            return
        error = TimedOut(f"request exceeded {self.timeout} s")
        if request.begun:
            raise error
        request.status = 504
        await JSONResponse({"error": error.cause}, 504)(scope, receive, send)
