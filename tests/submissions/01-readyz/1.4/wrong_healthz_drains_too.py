"""misconception: a service that drains is no longer healthy
fails: 1.4-healthz-stays
says: /healthz stays 200 while /readyz is 503
"""
import trio
from starlette.responses import JSONResponse


class Readiness:
    def __init__(self, probes, *, budget=2.0):
        self.probes, self.budget = list(probes), budget
        self.started = self.draining = False

    def mark_started(self):
        self.started = True

    def start_draining(self):
        self.draining = True

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
        if self.started and not self.draining:
            ready, checks = await self.report()
            if not self.draining:
                return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)
        reason = "draining" if self.draining else "starting"
        return JSONResponse({"ready": False, "reason": reason}, status_code=503)


async def healthz(request):
    readiness = getattr(request.app.state, "readiness", None)
    status = 503 if readiness is None or readiness.draining or not readiness.started else 200
    return PlainTextResponse("ok", status_code=status)
