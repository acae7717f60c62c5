"""approach: a CapacityLimiter for each compartment, borrowed for an object of its own
"""
from contextlib import asynccontextmanager

import trio


class Bulkheads:
    def __init__(self, capacities, *, patience=0.0):
        self.patience = patience
        self.limiters = {}
        for name, places in capacities.items():
            self.limiters[name] = trio.CapacityLimiter(places)

    @asynccontextmanager
    async def enter(self, name):
        limiter, me = self.limiters[name], object()
        try:
            limiter.acquire_on_behalf_of_nowait(me)
        except trio.WouldBlock:
            try:
                with trio.fail_after(self.patience):
                    await limiter.acquire_on_behalf_of(me)
            except trio.TooSlowError:
                raise Overloaded(self.patience or 1.0) from None
        try:
            yield
        finally:
            limiter.release_on_behalf_of(me)
