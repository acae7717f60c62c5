"""misconception: every TooSlowError is the probe's own time-out
fails: 1.2-only-own-timeout
says: an exception of the check is a failure
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
            await self.ended.wait()
        elif self.last is None or trio.current_time() - self.last.checked_at >= self.ttl:
            self.ended = trio.Event()
            reason = ""
            with trio.CancelScope(shield=True):
                try:
                    with trio.fail_after(self.timeout):
                        await self.check()
                except trio.TooSlowError:
                    reason = f"timed out after {self.timeout} s"
                except Exception as error:
                    reason = f"failed: {type(error).__name__}"
            self.last = ProbeStatus(self.name, not reason, reason, trio.current_time())
            self.ended.set()
            self.ended = None
        return self.last
