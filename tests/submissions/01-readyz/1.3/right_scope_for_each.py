"""approach: each child has the budget as a scope of its own: all start together, so all end together
"""
import trio
from starlette.responses import JSONResponse


class Readiness:
    def __init__(self, probes, *, budget=2.0):
        self.probes = probes
        self.budget = budget

    async def report(self):
        checks = {}
        deadline = trio.current_time() + self.budget

        async def ask(probe):
            answer = f"no answer in {self.budget} s"
            with trio.move_on_at(deadline):
                try:
                    status = await probe.status()
                    answer = status.reason or "up"
                except Exception as error:
                    answer = f"failed: {error.__class__.__qualname__}"
            checks[probe.name] = answer

        async with trio.open_nursery() as nursery:
            for probe in self.probes:
                nursery.start_soon(ask, probe)
        ready = not [answer for answer in checks.values() if answer != "up"]
        return ready, checks

    async def readyz(self, request):
        ready, checks = await self.report()
        body = dict(ready=ready, checks=checks)
        return JSONResponse(body, 200) if ready else JSONResponse(body, 503)
