"""misconception: one cancel scope can be entered by everybody, so that one `cancel()` reaches all
fails: 4.1-fifo
says: each `with` needs a new one
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.office = trio.Semaphore(capacity)
        self.scope = trio.CancelScope()

    @asynccontextmanager
    async def hold(self):
        with self.scope:
            async with self.office:
                yield
        if self.scope.cancelled_caught:
            raise ShuttingDown

    def shut_down(self):
        self.scope.cancel()

    def free(self):
        return self.office.value
