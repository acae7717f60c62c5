"""approach: two trio.Events in place of flags
"""
import trio
from starlette.responses import JSONResponse


class Readiness:
    def __init__(self, probes, *, budget=2.0):
        self.probes, self.budget = list(probes), budget
        self.started, self.draining = trio.Event(), trio.Event()

    def mark_started(self):
        self.started.set()

    def start_draining(self):
        self.draining.set()

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
        if self.started.is_set() and not self.draining.is_set():
            ready, checks = await self.report()
            if not self.draining.is_set():
                return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)
        reason = "draining" if self.draining.is_set() else "starting"
        return JSONResponse({"ready": False, "reason": reason}, status_code=503)
