"""misconception: who is cancelled while it waits has nothing to give back, also when the ticket came at the same instant
fails: 4.1-every-instant
says: does not take the ticket along
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.left = capacity
        self.line = []
        self.closed = False

    @asynccontextmanager
    async def hold(self):
        if self.closed:
            raise ShuttingDown
        if self.left:
            self.left -= 1
        else:
            mine = trio.Event()
            self.line.append(mine)
            try:
                await trio.lowlevel.checkpoint()
                await mine.wait()
                await trio.lowlevel.checkpoint()
            except trio.Cancelled:
                if mine in self.line:
                    self.line.remove(mine)
                raise
            if self.closed:
                raise ShuttingDown
        try:
            yield
        finally:
            if self.line and not self.closed:
                self.line.pop(0).set()
            else:
                self.left += 1

    def shut_down(self):
        self.closed = True
        for event in self.line:
            event.set()

    def free(self):
        return self.left
