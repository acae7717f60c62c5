"""approach: each probe is asked by a task that returns through a list; the names missing at the end had no time
"""
import trio
from starlette.responses import JSONResponse


class Readiness:
    def __init__(self, probes, *, budget=2.0):
        self._probes = tuple(probes)
        self._budget = budget

    async def report(self):
        answered = []
        with trio.move_on_after(self._budget):
            async with trio.open_nursery() as nursery:
                for probe in self._probes:
                    nursery.start_soon(self._ask, probe, answered)
        checks = dict(answered)
        for probe in self._probes:
            checks.setdefault(probe.name, f"no answer in {self._budget} s")
        return set(checks.values()) <= {"up"}, checks

    @staticmethod
    async def _ask(probe, answered):
        try:
            status = await probe.status()
        except Exception as error:
            answered.append((probe.name, f"failed: {type(error).__name__}"))
        else:
            answered.append((probe.name, "up" if status.up else status.reason))

    async def readyz(self, request):
        ready, checks = await self.report()
        return JSONResponse(status_code=503 - 303 * ready, content={"ready": ready, "checks": checks})
