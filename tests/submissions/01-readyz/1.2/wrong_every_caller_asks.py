"""misconception: each caller may bring a question of its own
fails: 1.2-single-flight, 1.2-shared-bad-news, 1.2-nobody-gets-the-old, 1.2-leaver
says: callers at the same time share one check
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.last = None

    async def status(self):
        if self.last is None or trio.current_time() - self.last.checked_at >= self.ttl:
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
