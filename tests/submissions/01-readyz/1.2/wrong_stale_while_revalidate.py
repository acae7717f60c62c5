"""misconception: an old answer is better than waiting
fails: 1.2-nobody-gets-the-old
says: who comes during the new check gets its answer
"""
import trio


class Probe:
    """Asks one dependency whether it is up, and remembers the answer for a while."""

    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.last = None
        self.ended = None

    async def status(self):
        if self.ended is not None:
            if self.last is None:
                await self.ended.wait()
        elif self.last is None or trio.current_time() - self.last.checked_at >= self.ttl:
            self.ended = trio.Event()
            reason = ""
            with trio.move_on_after(self.timeout, shield=True) as limit:
                try:
                    await self.check()
                except Exception as error:
                    reason = f"failed: {type(error).__name__}"
            if limit.cancelled_caught:
                reason = f"timed out after {self.timeout} s"
            self.last = ProbeStatus(self.name, not reason, reason, trio.current_time())
            self.ended.set()
            self.ended = None
        return self.last
