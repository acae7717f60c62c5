"""misconception: a compartment that does not exist has no places, so it is full
fails: 4.3-unknown
says: an unknown name is a KeyError
"""
from contextlib import asynccontextmanager

import trio


class Bulkheads:
    def __init__(self, capacities, *, patience=0.0):
        self.patience = patience
        self.compartments = {name: trio.Semaphore(places) for name, places in capacities.items()}

    @asynccontextmanager
    async def enter(self, name):
        places = self.compartments.get(name, trio.Semaphore(0))
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
