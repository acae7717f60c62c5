"""misconception: who waits for a place will get it
fails: 4.3-apart, 4.3-patience
says: refuses
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
            await places.acquire()
        try:
            yield
        finally:
            places.release()
