"""misconception: who waits may look every tenth of a second
fails: 4.1-at-most-capacity
says: enters at that moment
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.capacity = self.left = capacity
        self.closed = False

    @asynccontextmanager
    async def hold(self):
        while not self.left:
            if self.closed:
                raise ShuttingDown
            await trio.sleep(0.1)
        if self.closed:
            raise ShuttingDown
        self.left -= 1
        try:
            yield
        finally:
            self.left += 1

    def shut_down(self):
        self.closed = True

    def free(self):
        return self.left
