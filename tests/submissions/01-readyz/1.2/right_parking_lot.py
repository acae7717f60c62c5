"""approach: waiters sleep in trio's ParkingLot; the age is kept as an expiry time
"""
import math

import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.lot = trio.lowlevel.ParkingLot()
        self.busy = False
        self.expires = -math.inf
        self.current = None

    async def status(self):
        if self.busy:
            await self.lot.park()
        elif trio.current_time() >= self.expires:
            self.busy = True
            with trio.move_on_after(self.timeout, shield=True):
                self.current = await self.ask()
            if self.current is None:
                self.current = self.told(f"timed out after {self.timeout} s")
            answer, self.expires, self.busy = self.current, trio.current_time() + self.ttl, False
            self.lot.unpark_all()
            return answer
        return self.current

    async def ask(self):
        self.current = None
        try:
            await self.check()
        except Exception as error:
            return self.told(f"failed: {type(error).__name__}")
        return self.told("")

    def told(self, reason):
        return ProbeStatus(name=self.name, up=reason == "", reason=reason, checked_at=trio.current_time())
