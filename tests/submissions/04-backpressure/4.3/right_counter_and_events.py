"""approach: a counter and a line of Events by name; the place is handed over to the first in the line
"""
from collections import defaultdict, deque
from contextlib import asynccontextmanager

import trio


class Bulkheads:
    def __init__(self, capacities, *, patience=0.0):
        self.free = dict(capacities)
        self.lines = defaultdict(deque)
        self.patience = patience

    @asynccontextmanager
    async def enter(self, name):
        if self.free[name] > 0:
            self.free[name] -= 1
        else:
            await self.wait_in_line(name)
        try:
            yield
        finally:
            self.leave(name)

    async def wait_in_line(self, name):
        turn = trio.Event()
        self.lines[name].append(turn)
        try:
            with trio.move_on_after(self.patience):
                await turn.wait()
        except trio.Cancelled:
            if turn.is_set():
                self.leave(name)
            raise
        finally:
            if not turn.is_set():
                self.lines[name].remove(turn)
        if not turn.is_set():
            raise Overloaded(retry_after=1.0)

    def leave(self, name):
        if self.lines[name]:
            self.lines[name].popleft().set()
        else:
            self.free[name] += 1
