"""misconception: between the ticket and the try nothing can happen, also with an await there
fails: 4.1-every-instant
says: does not take the ticket along
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
            finally:
                self.waits.discard(wait)
        await trio.sleep(0)
        if self.closing:
            if got:
                self.office.release()
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
