"""approach: the first caller is shielded only while others wait, so that it leaves at once when it is alone
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.last = self.shared = None

    async def status(self):
        if self.last is not None and trio.current_time() < self.last.checked_at + self.ttl:
            return self.last
        if self.shared is None:
            return await self.lead()
        shared = self.shared
        shared.waiting += 1
        shared.scope.shield = True
        try:
            await shared.event.wait()
        finally:
            shared.waiting -= 1
            if shared.waiting == 0:
                shared.scope.shield = False
        return shared.answer

    async def lead(self):
        self.shared = shared = Shared()
        reason = ""
        try:
            with trio.CancelScope() as shared.scope:
                shared.scope.deadline = trio.current_time() + self.timeout
                try:
                    await self.check()
                except Exception as error:
                    reason = f"failed: {type(error).__name__}"
            if shared.scope.cancelled_caught:
                reason = f"timed out after {self.timeout} s"
            self.last = shared.answer = ProbeStatus(self.name, not reason, reason, trio.current_time())
            return self.last
        finally:
            self.shared = None
            shared.event.set()


class Shared:
    def __init__(self):
        self.event = trio.Event()
        self.scope = None
        self.waiting = 0
        self.answer = None
