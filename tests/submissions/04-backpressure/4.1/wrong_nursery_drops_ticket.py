"""misconception: in a race of ticket and shut-down, who is cancelled has got nothing
fails: 4.1-every-instant
says: does not take the ticket along
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.tickets = trio.Semaphore(capacity)
        self.stopping = trio.Event()

    @asynccontextmanager
    async def hold(self):
        got = []
        async with trio.open_nursery() as nursery:

            async def ticket():
                await self.tickets.acquire()
                got.append(True)
                nursery.cancel_scope.cancel()

            async def stop():
                await self.stopping.wait()
                nursery.cancel_scope.cancel()

            nursery.start_soon(ticket)
            nursery.start_soon(stop)
        if self.stopping.is_set():
            if got:
                self.tickets.release()
            raise ShuttingDown
        try:
            yield
        finally:
            self.tickets.release()

    def shut_down(self):
        self.stopping.set()

    def free(self):
        return self.tickets.value
