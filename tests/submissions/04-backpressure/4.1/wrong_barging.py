"""misconception: whoever wakes first may take the ticket: a condition that is looked at again is as good as a line
fails: 4.1-no-overtaking
says: stands behind those who wait
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.capacity, self.out = capacity, 0
        self.line = []
        self.closed = False

    @asynccontextmanager
    async def hold(self):
        while not self.closed and self.out >= self.capacity:
            woken = trio.Event()
            self.line.append(woken)
            try:
                await woken.wait()
            finally:
                if woken in self.line:
                    self.line.remove(woken)
        if self.closed:
            raise ShuttingDown
        self.out += 1
        try:
            yield
        finally:
            self.out -= 1
            if self.line:
                self.line.pop(0).set()

    def shut_down(self):
        self.closed = True
        for event in self.line:
            event.set()

    def free(self):
        return self.capacity - self.out
