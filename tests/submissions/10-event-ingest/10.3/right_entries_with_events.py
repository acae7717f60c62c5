"""approach: every item is an entry that knows when it is due and whether it is written; flush waits for the last entry
"""
from collections import deque
from math import inf

import trio


class Entry:
    def __init__(self, item, due):
        self.item, self.due, self.written = item, due, trio.Event()


class BatchSink:
    def __init__(self, write, *, size=100, interval=300.0, capacity=10_000, backoff=(0.1, 30.0)):
        self.write, self.size, self.interval, self.capacity, self.backoff = write, size, interval, capacity, backoff
        self.entries = deque()
        self.due_now = 0
        self.wake = trio.lowlevel.ParkingLot()
        self.room = trio.lowlevel.ParkingLot()

    async def __aenter__(self):
        self.manager = trio.open_nursery()
        self.nursery = await self.manager.__aenter__()
        self.nursery.start_soon(self.write_for_ever)
        return self

    async def __aexit__(self, kind, error, frames):
        if error is not None and not isinstance(error, Exception):
            self.nursery.cancel_scope.cancel()
            await self.manager.__aexit__(None, None, None)
            return False
        try:
            await self.flush()
        finally:
            self.nursery.cancel_scope.cancel()
            await self.manager.__aexit__(None, None, None)
        return False

    async def put(self, item):
        await trio.lowlevel.checkpoint()
        while len(self.entries) >= self.capacity:
            await self.room.park()
        self.entries.append(Entry(item, trio.current_time() + self.interval))
        self.wake.unpark()

    async def flush(self):
        await trio.lowlevel.checkpoint()
        if not self.entries:
            return
        last = self.entries[-1]
        for entry in self.entries:
            entry.due = -inf
        self.wake.unpark()
        await last.written.wait()

    async def write_for_ever(self):
        while True:
            if not self.entries:
                await self.wake.park()
                continue
            if len(self.entries) < self.size and self.entries[0].due > trio.current_time():
                with trio.move_on_at(self.entries[0].due):
                    await self.wake.park()
                continue
            batch = [self.entries[n] for n in range(min(self.size, len(self.entries)))]
            for wait in self.waits():
                try:
                    await self.write([entry.item for entry in batch])
                    break
                except Exception:
                    await trio.sleep(wait)
            for entry in batch:
                self.entries.popleft()
                entry.written.set()
            self.room.unpark_all()

    def waits(self):
        wait, most = self.backoff
        while True:
            yield min(wait, most)
            wait *= 2
