"""approach: each waiter leaves an Event in a list and learns from a mark beside it what woke it
"""
from contextlib import asynccontextmanager

import trio


class Place:
    def __init__(self):
        self.called = trio.Event()
        self.granted = False


class Tickets:
    def __init__(self, capacity):
        self.capacity = capacity
        self.out = 0
        self.line = []
        self.closed = False

    @asynccontextmanager
    async def hold(self):
        if self.closed:
            raise ShuttingDown
        place = Place()
        if self.out < self.capacity and not self.line:
            self.out += 1
            place.granted = True
        else:
            self.line.append(place)
        try:
            if not place.granted:
                await place.called.wait()
            if self.closed:
                raise ShuttingDown
            yield
        finally:
            if place in self.line:
                self.line.remove(place)
            if place.granted:
                self.out -= 1
                self.call_next()

    def call_next(self):
        while self.line and self.out < self.capacity and not self.closed:
            place = self.line.pop(0)
            place.granted = True
            self.out += 1
            place.called.set()

    def shut_down(self):
        self.closed = True
        for place in self.line:
            place.called.set()

    def free(self):
        return self.capacity - self.out
