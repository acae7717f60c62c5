"""approach: trio's CapacityLimiter, a token borrowed for an object of its own
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.limiter = trio.CapacityLimiter(capacity)
        self.scopes = []
        self.down = False

    @asynccontextmanager
    async def hold(self):
        me = object()
        scope = trio.CancelScope()
        self.scopes.append(scope)
        try:
            with scope:
                if self.down:
                    raise ShuttingDown
                await self.limiter.acquire_on_behalf_of(me)
                if not self.down:
                    self.scopes.remove(scope)
                    yield
                    return
            raise ShuttingDown
        finally:
            if scope in self.scopes:
                self.scopes.remove(scope)
            try:
                self.limiter.release_on_behalf_of(me)
            except RuntimeError:
                pass

    def shut_down(self):
        self.down = True
        for scope in self.scopes:
            scope.cancel()

    def free(self):
        return int(self.limiter.available_tokens)
