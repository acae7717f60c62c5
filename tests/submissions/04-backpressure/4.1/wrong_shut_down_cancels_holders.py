"""misconception: shutting down ends the work that is under way
fails: 4.1-shut-down
says: blocks that were entered run to their end
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.office = trio.Semaphore(capacity)
        self.closing = False
        self.scopes = set()

    @asynccontextmanager
    async def hold(self):
        with trio.CancelScope() as scope:
            self.scopes.add(scope)
            try:
                if self.closing:
                    raise ShuttingDown
                async with self.office:
                    yield
            finally:
                self.scopes.discard(scope)
        if scope.cancelled_caught:
            raise ShuttingDown

    def shut_down(self):
        self.closing = True
        for scope in self.scopes:
            scope.cancel()

    def free(self):
        return self.office.value
