"""approach: fail_after, told from errors of the application by the scope; the log in a context manager
"""
import itertools
from contextlib import contextmanager

import trio
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

_numbers = itertools.count(1)


class Budget:
    def __init__(self, app, *, timeout, budget, log):
        self.app = app
        self.timeout = timeout
        self.budget = budget
        self.log = log

    @contextmanager
    def timed(self, scope, seen):
        started = trio.current_time()
        try:
            yield
        finally:
            took = trio.current_time() - started
            if took > self.budget:
                self.log(
                    dict(
                        event="over budget",
                        trace_id=Headers(scope=scope).get("x-request-id") or f"request-{next(_numbers)}",
                        route=scope["path"],
                        budget_s=self.budget,
                        elapsed_s=round(took, 6),
                        status=seen.get("status"),
                    )
                )

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen = {}

        async def watched(message):
            if limit.cancel_called:
                return await trio.lowlevel.checkpoint()
            kind = message["type"]
            if kind == "http.response.start":
                seen["status"] = message["status"]
            await send(message)
            if kind == "http.response.body" and not message.get("more_body", False):
                seen["complete"] = True

        with self.timed(scope, seen):
            try:
                with trio.fail_after(self.timeout) as limit:
                    await self.app(scope, receive, watched)
            except Exception:
                if not limit.cancel_called:
                    raise
            if not limit.cancel_called or "complete" in seen:
                return
            cause = f"request exceeded {self.timeout} s"
            if "status" in seen:
                raise TimedOut(cause)
            seen["status"] = 504
            await JSONResponse({"error": cause}, status_code=504)(scope, receive, send)
