"""misconception: one limit for all is enough if it is large enough: the sum of the capacities
fails: 4.3-apart
says: a full compartment refuses at once
"""
from contextlib import asynccontextmanager

import trio


class Bulkheads:
    def __init__(self, capacities, *, patience=0.0):
        self.patience = patience
        all_of_them = trio.Semaphore(sum(capacities.values()))
        self.compartments = {name: all_of_them for name in capacities}

    @asynccontextmanager
    async def enter(self, name):
        places = self.compartments[name]
        await trio.lowlevel.checkpoint()
        try:
            places.acquire_nowait()
        except trio.WouldBlock:
            with trio.move_on_after(self.patience) as wait:
                await places.acquire()
            if wait.cancelled_caught:
                raise Overloaded(max(self.patience, 1.0)) from None
        try:
            yield
        finally:
            places.release()
