"""approach: every waiter leaves a memory channel, through which it gets the answer
"""
import trio


class Probe:
    def __init__(self, name, check, *, timeout=1.0, ttl=5.0):
        self.name, self.check, self.timeout, self.ttl = name, check, timeout, ttl
        self.last = None
        self.waiting = None

    async def status(self):
        if self.last and trio.current_time() - self.last.checked_at < self.ttl:
            return self.last
        if self.waiting is not None:
            send, receive = trio.open_memory_channel(1)
            self.waiting.append(send)
            return await receive.receive()
        self.waiting = []
        with trio.CancelScope(shield=True):
            reason = await self.ask()
        self.last = ProbeStatus(self.name, not reason, reason, trio.current_time())
        waiting, self.waiting = self.waiting, None
        for send in waiting:
            send.send_nowait(self.last)
        return self.last

    async def ask(self):
        outcome = []
        async with trio.open_nursery() as nursery:
            nursery.cancel_scope.deadline = trio.current_time() + self.timeout

            async def work():
                try:
                    await self.check()
                    outcome.append("")
                except Exception as error:
                    outcome.append(f"failed: {type(error).__name__}")

            nursery.start_soon(work)
        return outcome[0] if outcome else f"timed out after {self.timeout} s"
