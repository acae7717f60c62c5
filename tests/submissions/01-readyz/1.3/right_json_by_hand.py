"""approach: a plain Response with JSON text, and a counter that ends the wait
"""
import json

import trio
from starlette.responses import Response


class Readiness:
    def __init__(self, probes, *, budget=2.0):
        self.probes, self.budget = [*probes], budget

    async def report(self):
        checks = {}
        async with trio.open_nursery() as nursery:
            nursery.cancel_scope.deadline = trio.current_time() + self.budget
            for probe in self.probes:
                nursery.start_soon(self.one, probe, checks)
        missing = {probe.name for probe in self.probes} - checks.keys()
        checks.update((name, f"no answer in {self.budget} s") for name in missing)
        return all(answer == "up" for answer in checks.values()), checks

    async def one(self, probe, checks):
        try:
            status = await probe.status()
        except Exception as error:
            checks[probe.name] = f"failed: {type(error).__name__}"
            return
        checks[probe.name] = status.reason if not status.up else "up"

    async def readyz(self, request):
        ready, checks = await self.report()
        text = json.dumps({"ready": ready, "checks": checks}, indent=2)
        return Response(text + "\n", status_code=200 if ready else 503, media_type="application/json")
