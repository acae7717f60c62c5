"""misconception: a finally around the whole wait gives back what was never taken
fails: 4.1-cancelled
says: who leaves without a ticket gives none back
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
        try:
            with trio.CancelScope() as wait:
                self.waits.add(wait)
                try:
                    if not self.closing:
                        await self.office.acquire()
                finally:
                    self.waits.discard(wait)
            if self.closing:
                raise ShuttingDown
            yield
        finally:
            self.office.release()

    def shut_down(self):
        self.closing = True
        for wait in self.waits:
            wait.cancel()

    def free(self):
        return self.office.value
