"""misconception: one word holds the state, and the last one to set it wins
fails: 1.4-for-good
says: mark_started does not undo start_draining
"""
import trio
from starlette.responses import JSONResponse


class Readiness:
    def __init__(self, probes, *, budget=2.0):
        self.probes, self.budget = list(probes), budget
        self.state = "starting"

    def mark_started(self):
        self.state = "started"

    def start_draining(self):
        self.state = "draining"

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
        if self.state == "started":
            ready, checks = await self.report()
            if self.state != "draining":
                return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)
        return JSONResponse({"ready": False, "reason": self.state}, status_code=503)
