"""misconception: a full compartment is a reason to refuse at once
fails: 4.3-patience
says: a place that becomes free in time is taken
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
            raise Overloaded(max(self.patience, 1.0)) from None
        try:
            yield
        finally:
            places.release()
