"""misconception: shut_down wakes those who wait, and later ones may come in again
fails: 4.1-shut-down
says: who comes after shut_down gets ShuttingDown at once
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.office = trio.Semaphore(capacity)
        self.waits = set()

    @asynccontextmanager
    async def hold(self):
        got = False
        with trio.CancelScope() as wait:
            self.waits.add(wait)
            try:
                await self.office.acquire()
                got = True
            finally:
                self.waits.discard(wait)
        try:
            if wait.cancel_called:
                raise ShuttingDown
            yield
        finally:
            if got:
                self.office.release()

    def shut_down(self):
        for wait in self.waits:
            wait.cancel()

    def free(self):
        return self.office.value
