"""misconception: a time-out is an error of the caller's
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
            try:
                with trio.CancelScope(shield=True):
                    with trio.fail_after(self.timeout) as limit:
                        try:
                            await self.check()
                        except Exception as error:
                            reason = f"failed: {type(error).__name__}"
            except trio.TooSlowError:
                self.ended.set()
                self.ended = None
                raise
            self.last = ProbeStatus(self.name, not reason, reason, trio.current_time())
            self.ended.set()
            self.ended = None
        return self.last
