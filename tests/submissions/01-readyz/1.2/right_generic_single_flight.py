"""approach: single flight and ageing are helpers of their own; the probe only asks
"""
import trio


class SingleFlight:
    """At most one call at a time; who comes meanwhile shares its value."""

    def __init__(self, fn):
        self.fn = fn
        self.flight = None

    async def __call__(self):
        if self.flight is None:
            self.flight = flight = {"done": trio.Event()}
            with trio.CancelScope(shield=True):
                flight["value"] = await self.fn()
            self.flight = None
            flight["done"].set()
        else:
            flight = self.flight
            await flight["done"].wait()
        return flight["value"]


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name = name
        self.ttl = ttl
        self.last = None
        self.refresh = SingleFlight(self.ask)
        self.limited = lambda: limited(check, timeout)

    async def status(self):
        if self.last is not None and trio.current_time() - self.last.checked_at < self.ttl:
            return self.last
        return await self.refresh()

    async def ask(self):
        reason = await self.limited()
        self.last = ProbeStatus(self.name, not reason, reason, trio.current_time())
        return self.last


async def limited(check, timeout):
    mine = trio.CancelScope(deadline=trio.current_time() + timeout)
    try:
        with mine:
            await check()
    except Exception as error:
        return f"failed: {type(error).__name__}"
    return f"timed out after {timeout} s" if mine.cancelled_caught else ""
