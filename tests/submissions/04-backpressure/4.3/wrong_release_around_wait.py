"""misconception: a finally around the whole gives back what was never taken
fails: 4.3-given-back
says: does not take the place along
"""
from contextlib import asynccontextmanager

import trio


class Bulkheads:
    def __init__(self, capacities, *, patience=0.0):
        self.patience = patience
        self.compartments = {name: trio.Semaphore(places) for name, places in capacities.items()}

    @asynccontextmanager
    async def enter(self, name):
        places = self.compartments[name]
        await trio.lowlevel.checkpoint()
        try:
            try:
                places.acquire_nowait()
            except trio.WouldBlock:
                with trio.move_on_after(self.patience) as wait:
                    await places.acquire()
                if wait.cancelled_caught:
                    raise Overloaded(max(self.patience, 1.0)) from None
            yield
        finally:
            places.release()
