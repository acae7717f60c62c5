"""misconception: who has been given its ticket before the shut-down may go in, even if its turn comes later
fails: 4.1-shut-down-any-instant
says: nobody enters after shut_down has been called
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
        if self.closing:
            raise ShuttingDown
        with trio.CancelScope() as wait:
            self.waits.add(wait)
            try:
                await self.office.acquire()
            finally:
                self.waits.discard(wait)
        if wait.cancelled_caught:
            raise ShuttingDown
        try:
            yield
        finally:
            self.office.release()

    def shut_down(self):
        self.closing = True
        for wait in self.waits:
            wait.cancel()

    def free(self):
        return self.office.value
