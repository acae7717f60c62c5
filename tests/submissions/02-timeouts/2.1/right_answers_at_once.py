"""approach: a second task watches the time and sends the 504 at once, while the application is still cleaning up
"""
import json
import uuid

import trio


class Budget:
    def __init__(self, app, *, timeout, budget, log):
        self.app, self.timeout, self.budget, self.log = app, timeout, budget, log

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = {"status": None, "over": False, "complete": False}
        begin, errors = trio.current_time(), []

        async def pass_on(message):
            if state["over"]:
                await trio.lowlevel.checkpoint()
                return
            if message["type"] == "http.response.start":
                state["status"] = message["status"]
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                state["complete"] = True

        async def run_app():
            try:
                with work:
                    await self.app(scope, receive, pass_on)
            except Exception as error:
                errors.append(error)
            nursery.cancel_scope.cancel()

        async def watch():
            await trio.sleep(self.timeout)
            state["over"] = True
            work.cancel()
            with trio.CancelScope(shield=True):
                if state["status"] is None:
                    state["status"] = 504
                    body = json.dumps({"error": f"request exceeded {self.timeout} s"}).encode()
                    headers = [(b"content-type", b"application/json")]
                    await send({"type": "http.response.start", "status": 504, "headers": headers})
                    await send({"type": "http.response.body", "body": body})
                    state["complete"] = True

        work = trio.CancelScope()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(run_app)
                nursery.start_soon(watch)
            if errors and not state["over"]:
                raise errors[0]
            if state["over"] and not state["complete"]:
                raise TimedOut(f"request exceeded {self.timeout} s")
        finally:
            elapsed = trio.current_time() - begin
            if elapsed > self.budget:
                headers = dict(scope["headers"])
                self.log(
                    {
                        "event": "over budget",
                        "trace_id": headers[b"x-request-id"].decode() if b"x-request-id" in headers else uuid.uuid4().hex,
                        "route": scope["path"],
                        "budget_s": self.budget,
                        "elapsed_s": elapsed,
                        "status": state["status"],
                    }
                )
