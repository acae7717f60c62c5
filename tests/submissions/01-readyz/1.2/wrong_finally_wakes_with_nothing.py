"""misconception: in `finally` the event is set, so everything is fine: the others wake and find no answer
fails: 1.2-leaver, 1.2-all-leave
says: a caller that leaves takes the check from nobody
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.last = None
        self.ended = None

    async def status(self):
        if self.ended is not None:
            await self.ended.wait()
        elif self.last is None or trio.current_time() - self.last.checked_at >= self.ttl:
            self.ended = trio.Event()
            try:
                self.last = await self.ask()
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
        return ProbeStatus(self.name, not reason, reason, trio.current_time())
