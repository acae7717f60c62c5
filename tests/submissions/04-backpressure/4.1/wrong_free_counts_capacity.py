"""misconception: free tells how many tickets there are
fails: 4.1-at-most-capacity
says: free tells how many tickets nobody has
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.capacity = capacity
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
            finally:
                self.waits.discard(wait)
        try:
            if self.closing:
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
        return self.capacity
