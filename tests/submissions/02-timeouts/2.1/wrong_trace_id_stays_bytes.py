"""misconception: a header's value can be logged as it is
fails: 2.1-over-budget
says: the record says which request, and how long it took
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
        begin, status, complete = trio.current_time(), None, False

        async def pass_on(message):
            nonlocal status, complete
            if limit.cancel_called:
                await trio.lowlevel.checkpoint()
                return
            status = message.get("status", status)
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
                if status is not None:
                    raise TimedOut(cause)
                status = 504
                await JSONResponse({"error": cause}, status_code=status)(scope, receive, send)
        finally:
            elapsed = trio.current_time() - begin
            if elapsed > self.budget:
                trace_id = dict(scope["headers"]).get(b"x-request-id", b"") or f"trace-{id(scope)}-{begin}"
                record = {"event": "over budget", "trace_id": trace_id, "route": scope["path"]}
                self.log({**record, "budget_s": self.budget, "elapsed_s": elapsed, "status": status})
