"""misconception: the names can stand beside ready
fails: 1.3-readyz, 1.3-no-secrets
says: the body holds ready and checks
"""
import trio
from starlette.responses import JSONResponse


class Readiness:
    def __init__(self, probes, *, budget=2.0):
        self.probes, self.budget = list(probes), budget

    async def report(self):
        checks = {probe.name: f"no answer in {self.budget} s" for probe in self.probes}

        async def ask(probe):
            try:
                status = await probe.status()
                checks[probe.name] = "up" if status.up else status.reason
            except Exception as error:
                checks[probe.name] = f"failed: {type(error).__name__}"

        with trio.move_on_after(self.budget):
            async with trio.open_nursery() as nursery:
                for probe in self.probes:
                    nursery.start_soon(ask, probe)
        return all(answer == "up" for answer in checks.values()), checks

    async def readyz(self, request):
        ready, checks = await self.report()
        return JSONResponse({"ready": ready, **checks}, status_code=200 if ready else 503)
