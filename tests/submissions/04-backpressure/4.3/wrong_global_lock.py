"""misconception: a lock around the bookkeeping is free
fails: 4.3-waiting-apart
says: holds nobody up who wants into another
"""
from contextlib import asynccontextmanager

import trio


class Bulkheads:
    def __init__(self, capacities, *, patience=0.0):
        self.patience = patience
        self.lock = trio.Lock()
        self.compartments = {name: trio.Semaphore(places) for name, places in capacities.items()}

    @asynccontextmanager
    async def enter(self, name):
        places = self.compartments[name]
        async with self.lock:
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
