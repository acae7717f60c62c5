"""misconception: a compartment lets one in at a time: it is a lock
fails: 4.3-apart
says: as many as the compartment has places
"""
from contextlib import asynccontextmanager

import trio


class Bulkheads:
    def __init__(self, capacities, *, patience=0.0):
        self.patience = patience
        self.compartments = {name: trio.Semaphore(1) for name in capacities}

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
