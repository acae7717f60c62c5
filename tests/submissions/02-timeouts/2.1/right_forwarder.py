"""approach: the application's messages go through a channel of capacity 0 to a forwarder, which alone speaks to the client
"""
import json

import trio


class Budget:
    def __init__(self, app, *, timeout, budget, log):
        self.app, self.timeout, self.budget, self.log = app, timeout, budget, log
        self.number = 0

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        self.number += 1
        begin, number = trio.current_time(), self.number
        seen = {"status": None, "complete": False}
        try:
            await self._request(scope, receive, send, seen)
        finally:
            elapsed = trio.current_time() - begin
            if elapsed > self.budget:
                given = dict(scope["headers"]).get(b"x-request-id")
                trace = given.decode() if given else f"request {number}"
                record = dict(event="over budget", trace_id=trace, route=scope["path"])
                record.update(budget_s=self.budget, elapsed_s=elapsed, status=seen["status"])
                self.log(record)

    async def _request(self, scope, receive, send, seen):
        limit, errors = trio.CancelScope(deadline=trio.current_time() + self.timeout), []
        to_client, from_app = trio.open_memory_channel(0)

        async def enqueue(message):
            if limit.cancel_called:
                return await trio.lowlevel.checkpoint()
            taken = trio.Event()
            await to_client.send((message, taken))
            await taken.wait()

        async def forward():
            with limit:
                async for message, taken in from_app:
                    if message["type"] == "http.response.start":
                        seen["status"] = message["status"]
                    await send(message)
                    if message["type"] == "http.response.body" and not message.get("more_body", False):
                        seen["complete"] = True
                    taken.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(forward)
            try:
                with trio.CancelScope(deadline=limit.deadline):
                    await self.app(scope, receive, enqueue)
            except Exception as error:
                errors.append(error)
            nursery.cancel_scope.cancel()
        if errors and not limit.cancel_called:
            raise errors[0]
        if limit.cancel_called and not seen["complete"]:
            cause = f"request exceeded {self.timeout} s"
            if seen["status"] is not None:
                raise TimedOut(cause)
            seen["status"] = 504
            await send({"type": "http.response.start", "status": 504, "headers": []})
            await send({"type": "http.response.body", "body": json.dumps({"error": cause}).encode()})
