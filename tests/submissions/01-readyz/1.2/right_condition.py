"""approach: a condition variable; a flag says that a check is under way
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.status_now = None
        self.asking = False
        self.answered = trio.Condition()

    async def status(self):
        if self.status_now and trio.current_time() - self.status_now.checked_at < self.ttl:
            return self.status_now
        if self.asking:
            async with self.answered:
                while self.asking:
                    await self.answered.wait()
            return self.status_now
        self.asking = True
        with trio.CancelScope(shield=True):
            up, reason = await self.ask()
            self.status_now = ProbeStatus(self.name, up, reason, trio.current_time())
            self.asking = False
            async with self.answered:
                self.answered.notify_all()
        return self.status_now

    async def ask(self):
        with trio.move_on_after(self.timeout):
            try:
                await self.check()
            except Exception as error:
                return False, f"failed: {type(error).__name__}"
            return True, ""
        return False, f"timed out after {self.timeout} s"
