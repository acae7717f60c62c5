"""approach: as in Go, a memory channel full of tickets; a nursery races the ticket against the shut-down and tells by a list who has one
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.send, self.receive = trio.open_memory_channel(capacity)
        for n in range(capacity):
            self.send.send_nowait(n)
        self.stopping = trio.Event()

    @asynccontextmanager
    async def hold(self):
        mine = []
        try:
            await self.first(mine)
            if self.stopping.is_set():
                raise ShuttingDown
            yield
        finally:
            for ticket in mine:
                self.send.send_nowait(ticket)

    async def first(self, mine):
        async with trio.open_nursery() as nursery:

            async def ticket():
                mine.append(await self.receive.receive())
                nursery.cancel_scope.cancel()

            async def stop():
                await self.stopping.wait()
                nursery.cancel_scope.cancel()

            nursery.start_soon(ticket)
            nursery.start_soon(stop)

    def shut_down(self):
        self.stopping.set()

    def free(self):
        return self.receive.statistics().current_buffer_used
