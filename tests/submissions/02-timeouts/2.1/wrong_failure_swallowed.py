"""misconception: what the application raises has no place to go, and is dropped
fails: 2.1-failures-logged
says: a failure is not lost
"""
class Budget:
    """ASGI middleware: a time-out around every request, and a log record for each one that exceeds its budget."""

    def __init__(self, app, *, timeout, budget, log):
        """Keep what is needed; `log` is a plain function that takes a record, a dict."""
        self.app, self.timeout, self.budget, self.log = app, timeout, budget, log

    async def __call__(self, scope, receive, send):
        """Run the application for one request; answer 504, or raise TimedOut, when it takes too long."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin, status, complete = trio.current_time(), None, False

        async def pass_on(message):
            nonlocal status, complete
            if limit.cancel_called:  # too late; an application that goes on sending must not block the loop
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
                pass
            if limit.cancel_called and not complete:
                cause = f"request exceeded {self.timeout} s"
                if status is not None:
                    raise TimedOut(cause)
                status = 504
                await JSONResponse({"error": cause}, status_code=status)(scope, receive, send)
        finally:
            elapsed = trio.current_time() - begin
            if elapsed > self.budget:
                trace_id = dict(scope["headers"]).get(b"x-request-id", b"").decode() or f"trace-{id(scope)}-{begin}"
                record = {"event": "over budget", "trace_id": trace_id, "route": scope["path"]}
                self.log({**record, "budget_s": self.budget, "elapsed_s": elapsed, "status": status})
