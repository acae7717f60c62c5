"""approach: leader and waiters with an event; the check in a method of its own, always woken in finally
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self._check, self._timeout, self._ttl = name, check, timeout, ttl
        self._status = None
        self._done = None

    async def status(self):
        if self._status is not None and trio.current_time() - self._status.checked_at < self._ttl:
            return self._status
        if self._done is not None:
            await self._done.wait()
            return self._status
        self._done = done = trio.Event()
        try:
            with trio.CancelScope(shield=True):
                reason = await self._reason()
            self._status = ProbeStatus(self.name, reason == "", reason, trio.current_time())
        finally:
            self._done = None
            done.set()
        return self._status

    async def _reason(self):
        try:
            with trio.move_on_after(self._timeout) as scope:
                await self._check()
        except Exception as error:
            return f"failed: {type(error).__name__}"
        return f"timed out after {self._timeout} s" if scope.cancelled_caught else ""
