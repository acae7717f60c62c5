"""misconception: the order in which waiters are woken does not matter
fails: 4.1-fifo
says: in the order in which they came
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
        granted = []
        if self.closed:
            raise ShuttingDown
        if self.out < self.capacity:
            self.out += 1
            granted.append(True)
        else:
            mine = (trio.Event(), granted)
            self.line.append(mine)
        try:
            if not granted:
                await mine[0].wait()
            if self.closed:
                raise ShuttingDown
            yield
        finally:
            if granted:
                self.out -= 1
                if self.line and not self.closed:
                    event, other = self.line.pop()
                    other.append(True)
                    self.out += 1
                    event.set()
            elif mine in self.line:
                self.line.remove(mine)

    def shut_down(self):
        self.closed = True
        for event, _ in self.line:
            event.set()

    def free(self):
        return self.capacity - self.out
