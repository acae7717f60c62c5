"""misconception: a cancelled waiter is one that got no ticket: it may go on without
fails: 4.1-cancelled
says: who is cancelled while it waits leaves at once
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.office = trio.Semaphore(capacity)
        self.closing = False
        self.waits = set()

    @asynccontextmanager
    async def hold(self):
        got = False
        with trio.CancelScope() as wait:
            self.waits.add(wait)
            try:
                if not self.closing:
                    await self.office.acquire()
                    got = True
            except trio.Cancelled:
                pass
            finally:
                self.waits.discard(wait)
        try:
            if not got:
                raise ShuttingDown
            yield
        finally:
            if got:
                self.office.release()

    def shut_down(self):
        self.closing = True
        for wait in self.waits:
            wait.cancel()

    def free(self):
        return self.office.value
