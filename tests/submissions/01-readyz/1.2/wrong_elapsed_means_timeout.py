"""misconception: whatever takes as long as the time-out has timed out: a time-out that is not a scope does not end the wait
fails: 1.2-own-timeout, 1.2-shared-bad-news, 1.2-all-leave, 1.2-its-own
says: a time-out is an answer and no error
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
            begin = trio.current_time()
            with trio.CancelScope(shield=True):
                try:
                    await self.check()
                except Exception as error:
                    reason = f"failed: {type(error).__name__}"
            if trio.current_time() - begin >= self.timeout:
                reason = f"timed out after {self.timeout} s"
            self.last = ProbeStatus(self.name, not reason, reason, trio.current_time())
            self.ended.set()
            self.ended = None
        return self.last
