"""misconception: who did not answer may go on in the background
fails: 1.3-one-budget, 1.3-edges
says: no task is left behind
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

        ended = trio.Event()
        left = len(self.probes)

        async def counted(probe):
            nonlocal left
            await ask(probe)
            left -= 1
            if left == 0:
                ended.set()

        for probe in self.probes:
            trio.lowlevel.spawn_system_task(counted, probe)
        with trio.move_on_after(self.budget):
            if self.probes:
                await ended.wait()
        return all(answer == "up" for answer in checks.values()), checks

    async def readyz(self, request):
        ready, checks = await self.report()
        return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)
