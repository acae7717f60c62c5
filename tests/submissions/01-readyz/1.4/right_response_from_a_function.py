"""approach: the state is a function that makes the answer; draining puts another in its place
"""
import trio
from starlette.responses import JSONResponse


def refuse(reason):
    return JSONResponse({"ready": False, "reason": reason}, status_code=503)


class Readiness:
    def __init__(self, probes, *, budget=2.0):
        self.probes, self.budget = list(probes), budget
        self.refusal = "starting"

    def mark_started(self):
        self.refusal = None if self.refusal == "starting" else self.refusal

    def start_draining(self):
        self.refusal = "draining"

    async def report(self):
        send, receive = trio.open_memory_channel(len(self.probes))
        checks = {probe.name: f"no answer in {self.budget} s" for probe in self.probes}
        with trio.move_on_after(self.budget):
            async with trio.open_nursery() as nursery:
                for probe in self.probes:
                    nursery.start_soon(self.ask, probe, send)
        while receive.statistics().current_buffer_used:
            checks.update([receive.receive_nowait()])
        return all(answer == "up" for answer in checks.values()), checks

    async def ask(self, probe, send):
        try:
            status = await probe.status()
            send.send_nowait((probe.name, status.reason or "up"))
        except Exception as error:
            send.send_nowait((probe.name, f"failed: {type(error).__name__}"))

    async def readyz(self, request):
        if self.refusal:
            return refuse(self.refusal)
        ready, checks = await self.report()
        if self.refusal:
            return refuse(self.refusal)
        return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)
