"""approach: a base class for middleware, the limits in a subclass; the application runs in a child task
"""
import secrets

import trio
from starlette.responses import JSONResponse


class _Middleware:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await trio.lowlevel.checkpoint()
        if scope["type"] == "http":
            await self.http(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class Budget(_Middleware):
    def __init__(self, app, *, timeout, budget, log):
        super().__init__(app)
        self.timeout, self.budget, self.log = timeout, budget, log

    async def http(self, scope, receive, send):
        begin = trio.current_time()
        answer = {"begun": False, "status": None, "complete": False, "error": None}

        async def noting(message):
            if not limit.cancel_called:
                if message["type"] == "http.response.start":
                    answer.update(begun=True, status=message["status"])
                await send(message)
                last = message["type"] == "http.response.body" and not message.get("more_body", False)
                answer["complete"] = answer["complete"] or last
            else:
                await trio.lowlevel.checkpoint()

        async def work():
            try:
                await self.app(scope, receive, noting)
            except Exception as error:
                answer["error"] = error

        try:
            with trio.move_on_after(self.timeout) as limit:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(work)
            if answer["error"] is not None and not limit.cancel_called:
                raise answer["error"]
            if limit.cancel_called and not answer["complete"]:
                if answer["begun"]:
                    raise TimedOut(f"request exceeded {self.timeout} s")
                answer["status"] = 504
                response = JSONResponse({"error": f"request exceeded {self.timeout} s"}, status_code=504)
                await response(scope, receive, send)
        finally:
            if trio.current_time() - begin > self.budget:
                names = {name.lower(): value for name, value in scope["headers"]}
                self.log(
                    {
                        "event": "over budget",
                        "trace_id": names.get(b"x-request-id", secrets.token_hex(8).encode()).decode(),
                        "route": scope["path"],
                        "budget_s": self.budget,
                        "elapsed_s": trio.current_time() - begin,
                        "status": answer["status"],
                    }
                )
