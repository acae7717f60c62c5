"""misconception: who waited for a check that was cancelled may start another
fails: 1.2-leaver, 1.2-its-own
says: the check is not started again when another caller leaves
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.last = None
        self.ended = None

    def young(self):
        return self.last is not None and trio.current_time() - self.last.checked_at < self.ttl

    async def status(self):
        while not self.young():
            if self.ended is not None:
                await self.ended.wait()
                continue
            self.ended = trio.Event()
            try:
                await self.ask()
            finally:
                self.ended.set()
                self.ended = None
        return self.last

    async def ask(self):
        reason = ""
        with trio.move_on_after(self.timeout) as limit:
            try:
                await self.check()
            except Exception as error:
                reason = f"failed: {type(error).__name__}"
        if limit.cancelled_caught:
            reason = f"timed out after {self.timeout} s"
        self.last = ProbeStatus(self.name, not reason, reason, trio.current_time())
