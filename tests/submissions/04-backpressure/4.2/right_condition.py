"""approach: a deque under a condition; close is handed to the condition by a task-free flag and a parking lot
"""
from collections import deque

import trio


class Dispatcher:
    def __init__(self, *, capacity, patience=1.0):
        self.capacity, self.patience = capacity, patience
        self.queue = deque()
        self.closed = False
        self.room = trio.lowlevel.ParkingLot()
        self.work = trio.lowlevel.ParkingLot()

    async def dispatch(self, event):
        until = trio.current_time() + self.patience
        while True:
            if self.closed:
                raise ShuttingDown
            if len(self.queue) < self.capacity:
                self.queue.append(event)
                self.work.unpark()
                return
            if trio.current_time() >= until:
                raise Overloaded(0.5)
            with trio.CancelScope(deadline=until):
                await self.room.park()

    async def events(self):
        while True:
            while not self.queue:
                if self.closed:
                    return
                try:
                    await self.work.park()
                except trio.Cancelled:
                    self.work.unpark()
                    raise
            event = self.queue.popleft()
            self.room.unpark()
            yield event

    def close(self):
        self.closed = True
        self.room.unpark_all()
        self.work.unpark_all()
