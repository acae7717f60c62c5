"""misconception: a time-out around everything bounds the wait
fails: 4.3-block-unbounded
says: a block may take longer than patience
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
        with trio.move_on_after(max(self.patience, 0.001)) as wait:
            async with places:
                yield
        if wait.cancelled_caught:
            raise Overloaded(max(self.patience, 1.0))
