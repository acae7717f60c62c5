"""misconception: a default patience of a second is what everybody wants
fails: 4.3-apart
says: patience is 0 unless it is given
"""
from contextlib import asynccontextmanager

import trio


class Bulkheads:
    def __init__(self, capacities, *, patience=1.0):
        self.patience = patience
        self.compartments = {name: trio.Semaphore(places) for name, places in capacities.items()}

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
