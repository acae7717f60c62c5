"""misconception: a check in the background needs no time-out of its own: the callers have theirs
fails: 1.2-own-timeout, 1.2-shared-bad-news, 1.2-all-leave, 1.2-its-own
says: no task is left behind
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.last = None
        self.ended = None

    async def status(self):
        if self.ended is None and (self.last is None or trio.current_time() - self.last.checked_at >= self.ttl):
            self.ended = trio.Event()
            trio.lowlevel.spawn_system_task(self.ask)
        if self.ended is not None:
            ended = self.ended
            with trio.move_on_after(self.timeout) as limit:
                await ended.wait()
            if limit.cancelled_caught:
                self.last = ProbeStatus(self.name, False, f"timed out after {self.timeout} s", trio.current_time())
                self.ended = None
        return self.last

    async def ask(self):
        ended, reason = self.ended, ""
        try:
            await self.check()
        except Exception as error:
            reason = f"failed: {type(error).__name__}"
        self.last = ProbeStatus(self.name, not reason, reason, trio.current_time())
        self.ended = None
        ended.set()
