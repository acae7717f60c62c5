"""approach: an AsyncExitStack holds the semaphore, entered with a time-out only if it is not free
"""
from contextlib import AsyncExitStack, asynccontextmanager

import trio


class Bulkheads:
    def __init__(self, capacities, *, patience=0.0):
        self.rooms = [(name, trio.Semaphore(size, max_value=size)) for name, size in capacities.items()]
        self.patience = patience

    @asynccontextmanager
    async def enter(self, name):
        room = dict(self.rooms)[name]
        async with AsyncExitStack() as stack:
            if room.value:
                room.acquire_nowait()
            else:
                with trio.move_on_after(self.patience) as scope:
                    await room.acquire()
                if scope.cancelled_caught:
                    raise Overloaded(3)
            stack.callback(room.release)
            yield
