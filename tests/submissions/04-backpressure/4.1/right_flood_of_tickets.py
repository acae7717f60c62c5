"""approach: shut_down wakes everybody with worthless tickets; who holds a real one is counted apart
"""
from contextlib import asynccontextmanager

import trio


class Tickets:
    def __init__(self, capacity):
        self.capacity = capacity
        self.office = trio.Semaphore(capacity)
        self.holders = set()
        self.open = True

    @asynccontextmanager
    async def hold(self):
        if self.open:
            await self.office.acquire()
        if not self.open:
            raise ShuttingDown("no more tickets")
        me = object()
        self.holders.add(me)
        try:
            yield me
        finally:
            self.holders.remove(me)
            if self.open:
                self.office.release()

    def shut_down(self):
        self.open = False
        for _ in range(self.office.statistics().tasks_waiting):
            self.office.release()

    def free(self):
        return self.capacity - len(self.holders)
