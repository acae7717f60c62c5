"""misconception: a clean-up may await before it gives the ticket back
fails: 4.1-given-back
says: a block that is cancelled gives its ticket back
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.send, self.receive = trio.open_memory_channel(capacity)
        for _ in range(capacity):
            self.send.send_nowait("ticket")
        self.closing = False
        self.waits = set()

    @asynccontextmanager
    async def hold(self):
        got = False
        with trio.CancelScope() as wait:
            self.waits.add(wait)
            try:
                if not self.closing:
                    await self.receive.receive()
                    got = True
            finally:
                self.waits.discard(wait)
        try:
            if self.closing:
                raise ShuttingDown
            yield
        finally:
            if got:
                await self.send.send("ticket")

    def shut_down(self):
        self.closing = True
        for wait in self.waits:
            wait.cancel()

    def free(self):
        return self.receive.statistics().current_buffer_used
