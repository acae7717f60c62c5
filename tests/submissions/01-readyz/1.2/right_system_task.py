"""approach: the check runs in a system task; callers only wait, and the last to leave cancels it
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name = name
        self.check = check
        self.timeout = timeout
        self.ttl = ttl
        self.answer = None
        self.flight = None

    async def status(self):
        if self.answer and trio.current_time() - self.answer.checked_at < self.ttl:
            return self.answer
        if self.flight is None:
            self.flight = Flight()
            trio.lowlevel.spawn_system_task(self.ask, self.flight)
        flight = self.flight
        flight.callers += 1
        try:
            await flight.landed.wait()
        finally:
            flight.callers -= 1
            if flight.callers == 0 and not flight.landed.is_set():
                flight.scope.cancel()
                if self.flight is flight:
                    self.flight = None
        return flight.answer

    async def ask(self, flight):
        reason = ""
        with flight.scope:
            with trio.move_on_after(self.timeout) as limit:
                try:
                    await self.check()
                except Exception as error:
                    reason = "failed: " + type(error).__name__
            if limit.cancelled_caught:
                reason = "timed out after " + str(self.timeout) + " s"
        if not flight.scope.cancelled_caught:
            flight.answer = self.answer = ProbeStatus(self.name, not reason, reason, trio.current_time())
        if self.flight is flight:
            self.flight = None
        flight.landed.set()


class Flight:
    def __init__(self):
        self.landed = trio.Event()
        self.scope = trio.CancelScope()
        self.callers = 0
        self.answer = None
