"""misconception: it is early enough to learn of the shut-down when the ticket comes
fails: 4.1-shut-down
says: who waits gets ShuttingDown at once
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.office = trio.Semaphore(capacity)
        self.closing = False

    @asynccontextmanager
    async def hold(self):
        async with self.office:
            if self.closing:
                raise ShuttingDown
            yield

    def shut_down(self):
        self.closing = True

    def free(self):
        return self.office.value
