"""approach: asks the first probe beside the rest, recursively
"""
import trio
from starlette.responses import JSONResponse


class Readiness:
    def __init__(self, probes, *, budget=2.0):
        self.probes, self.budget = list(probes), budget

    async def report(self):
        checks = {}
        with trio.move_on_after(self.budget):
            await self.ask_all(self.probes, checks)
        for probe in self.probes:
            if probe.name not in checks:
                checks[probe.name] = f"no answer in {self.budget} s"
        return all(checks[probe.name] == "up" for probe in self.probes), checks

    async def ask_all(self, probes, checks):
        if probes:
            first, *rest = probes
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.ask_all, rest, checks)
                try:
                    status = await first.status()
                    checks[first.name] = "up" if status.up else status.reason
                except Exception as error:
                    checks[first.name] = f"failed: {type(error).__name__}"

    async def readyz(self, request):
        ready, checks = await self.report()
        return JSONResponse({"ready": ready, "checks": checks}, 200 if ready else 503)
