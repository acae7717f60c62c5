"""misconception: a flag that is looked at before the wait ends the waits that are under way
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
        if self.closing:
            raise ShuttingDown
        async with self.office:
            yield

    def shut_down(self):
        self.closing = True

    def free(self):
        return self.office.value
