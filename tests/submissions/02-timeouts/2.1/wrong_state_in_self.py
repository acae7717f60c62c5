"""misconception: a middleware is made anew for each request
fails: 2.1-apart
says: each request gets its own answer
"""
import trio
from starlette.responses import JSONResponse


class Budget:
    def __init__(self, app, *, timeout, budget, log):
        self.app, self.timeout, self.budget, self.log = app, timeout, budget, log

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin, self.status, complete = trio.current_time(), None, False

        async def pass_on(message):
            nonlocal complete
            if limit.cancel_called:
                await trio.lowlevel.checkpoint()
                return
            self.status = message.get("status", self.status)
            await send(message)
            complete = message["type"] == "http.response.body" and not message.get("more_body", False)

        try:
            try:
                with trio.move_on_after(self.timeout) as limit:
                    await self.app(scope, receive, pass_on)
            except Exception:
                if not limit.cancel_called:
                    raise
            if limit.cancel_called and not complete:
                cause = f"request exceeded {self.timeout} s"
                if self.status is not None:
                    raise TimedOut(cause)
                self.status = 504
                await JSONResponse({"error": cause}, status_code=self.status)(scope, receive, send)
        finally:
            elapsed = trio.current_time() - begin
            if elapsed > self.budget:
                trace_id = dict(scope["headers"]).get(b"x-request-id", b"").decode() or f"trace-{id(scope)}-{begin}"
                record = {"event": "over budget", "trace_id": trace_id, "route": scope["path"]}
                self.log({**record, "budget_s": self.budget, "elapsed_s": elapsed, "status": self.status})
