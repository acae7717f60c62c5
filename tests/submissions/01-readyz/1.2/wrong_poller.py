"""misconception: a task that asks every ttl seconds is simpler: it never ends
fails: 1.2-up-or-down, 1.2-own-timeout, 1.2-only-own-timeout, 1.2-young-enough, 1.2-down-not-for-ever, 1.2-single-flight, 1.2-shared-bad-news, 1.2-nobody-gets-the-old, 1.2-leaver, 1.2-all-leave, 1.2-its-own
says: no task is left behind
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.last = None
        self.first = None

    async def status(self):
        if self.first is None:
            self.first = trio.Event()
            trio.lowlevel.spawn_system_task(self.poll)
        await self.first.wait()
        return self.last

    async def poll(self):
        while True:
            reason = ""
            with trio.move_on_after(self.timeout) as limit:
                try:
                    await self.check()
                except Exception as error:
                    reason = f"failed: {type(error).__name__}"
            if limit.cancelled_caught:
                reason = f"timed out after {self.timeout} s"
            self.last = ProbeStatus(self.name, not reason, reason, trio.current_time())
            self.first.set()
            await trio.sleep(self.ttl)
