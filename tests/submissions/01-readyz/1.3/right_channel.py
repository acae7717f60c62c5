"""approach: children send (name, answer) into a memory channel; the parent receives until all have come or the budget is spent
"""
import trio
from starlette.responses import JSONResponse


class Readiness:
    def __init__(self, probes, *, budget=2.0):
        self.probes = {probe.name: probe for probe in probes}
        self.budget = budget

    async def report(self):
        checks = dict.fromkeys(self.probes, f"no answer in {self.budget} s")
        send, receive = trio.open_memory_channel(len(self.probes))
        async with trio.open_nursery() as nursery:
            for name, probe in self.probes.items():
                nursery.start_soon(self.ask, name, probe, send.clone())
            send.close()
            with trio.move_on_after(self.budget):
                async for name, answer in receive:
                    checks[name] = answer
            nursery.cancel_scope.cancel()
        return all(map("up".__eq__, checks.values())), checks

    async def ask(self, name, probe, send):
        async with send:
            try:
                status = await probe.status()
            except Exception as error:
                await send.send((name, "failed: " + type(error).__name__))
            else:
                await send.send((name, "up" if status.up else status.reason))

    async def readyz(self, request):
        ready, checks = await self.report()
        return JSONResponse({"checks": checks, "ready": ready}, status_code=200 if ready else 503)
