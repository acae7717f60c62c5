"""misconception: the check belongs to the caller that started it; when that one leaves, the rest must ask again
fails: 1.2-leaver
says: the check is not started again when another caller leaves
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.last = None
        self.lock = trio.Lock()

    async def status(self):
        async with self.lock:
            if self.last is not None and trio.current_time() - self.last.checked_at < self.ttl:
                return self.last
            reason = ""
            with trio.move_on_after(self.timeout) as limit:
                try:
                    await self.check()
                except Exception as error:
                    reason = f"failed: {type(error).__name__}"
            if limit.cancelled_caught:
                reason = f"timed out after {self.timeout} s"
            self.last = ProbeStatus(self.name, not reason, reason, trio.current_time())
            return self.last
