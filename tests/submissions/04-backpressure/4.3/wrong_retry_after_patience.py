"""misconception: the patience of the server is the time after which the client should come back, also when it is 0
fails: 4.3-apart
says: retry_after is above 0 and finite
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
            places.acquire_nowait()
        except trio.WouldBlock:
            with trio.move_on_after(self.patience) as wait:
                await places.acquire()
            if wait.cancelled_caught:
                raise Overloaded(self.patience) from None
        try:
            yield
        finally:
            places.release()
