"""misconception: a lock makes callers share: it only makes them ask one after the other
fails: 1.2-single-flight, 1.2-shared-bad-news, 1.2-nobody-gets-the-old, 1.2-leaver, 1.2-all-leave
says: callers at the same time share one check
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.last = None
        self.lock = trio.Lock()

    async def status(self):
        if self.last is not None and trio.current_time() - self.last.checked_at < self.ttl:
            return self.last
        with trio.CancelScope(shield=True):
            async with self.lock:
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
