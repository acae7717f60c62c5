"""misconception: a cancel scope of 0 seconds lets the first await succeed if it need not wait
fails: 4.3-apart
says: as many as the compartment has places get in at once
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
        with trio.move_on_after(self.patience) as wait:
            await places.acquire()
        if wait.cancelled_caught:
            raise Overloaded(max(self.patience, 1.0)) from None
        try:
            yield
        finally:
            places.release()
