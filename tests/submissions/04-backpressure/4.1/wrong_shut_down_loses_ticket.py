"""misconception: who is refused because of the shut-down cannot have got a ticket
fails: 4.1-shut-down-any-instant
says: a ticket that came together with the shut-down is given back
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
        with trio.CancelScope() as wait:
            self.waits.add(wait)
            try:
                if not self.closing:
                    await self.office.acquire()
            finally:
                self.waits.discard(wait)
        if self.closing:
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
