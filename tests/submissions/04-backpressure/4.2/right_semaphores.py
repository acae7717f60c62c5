"""approach: two semaphores, one counts room and one counts events; close ends the waits by their scopes
"""
from collections import deque

import trio


class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self.patience = patience
        self.room = trio.Semaphore(capacity)
        self.ready = trio.Semaphore(0)
        self.queue = deque()
        self.open = True
        self.waits = []

    async def dispatch(self, event):
        await trio.lowlevel.checkpoint()
        if not self.open:
            raise ShuttingDown
        try:
            self.room.acquire_nowait()
        except trio.WouldBlock:
            got = False
            wait = trio.CancelScope(deadline=trio.current_time() + self.patience)
            self.waits.append(wait)
            try:
                with wait:
                    await self.room.acquire()
                    got = True
            finally:
                self.waits.remove(wait)
            if not self.open:
                raise ShuttingDown from None
            if not got:
                raise Overloaded(2 * self.patience + 0.1) from None
        self.queue.append(event)
        self.ready.release()

    def events(self):
        return self

    def __aiter__(self):
        return self

    async def __anext__(self):
        await self.ready.acquire()
        if not self.queue:
            self.ready.release()
            raise StopAsyncIteration
        event = self.queue.popleft()
        self.room.release()
        return event

    def close(self):
        if self.open:
            self.open = False
            self.ready.release()
            for wait in self.waits:
                wait.cancel()
