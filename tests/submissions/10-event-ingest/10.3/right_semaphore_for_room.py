"""approach: a semaphore is the room: a ticket for each item until it is written; who waits is served in turn
"""
from collections import deque
from math import inf

import trio


class BatchSink:
    """Collects items and writes them in batches; an async context manager."""

    def __init__(self, write, *, size=100, interval=300.0, capacity=10_000, backoff=(0.1, 30.0)):
        """Keep what is needed; nothing runs yet.

        Args:
            write: async function of a list; one that raises has written nothing.
            size: how many items are a batch.
            interval: seconds after which an item is handed to `write` at the latest.
            capacity: how many items may be unwritten.
            backoff: seconds after the first failed write, and the most seconds between two attempts.
        """
        self.write, self.size, self.interval, self.backoff = write, size, interval, backoff
        self.room = trio.Semaphore(capacity)
        self.waiting = deque()  # pairs: when it is due, the item
        self.accepted = self.written = self.wanted = 0
        self.news, self.progress = trio.Event(), trio.Event()

    async def __aenter__(self):
        """Start the writer; return the sink."""
        self.nursery_manager = trio.open_nursery()
        self.nursery = await self.nursery_manager.__aenter__()
        self.nursery.start_soon(self._work)
        return self

    async def __aexit__(self, kind, error, frames):
        """Write what is left, also after an ordinary error; a cancellation leaves at once."""
        try:
            if error is None or isinstance(error, Exception):
                await self.flush()
        finally:
            self.nursery.cancel_scope.cancel()
            await self.nursery_manager.__aexit__(None, None, None)

    async def put(self, item):
        """Take an item; wait while `capacity` items are unwritten."""
        try:
            self.room.acquire_nowait()  # the usual case, and the fast one
        except trio.WouldBlock:
            await self.room.acquire()
        self.waiting.append((trio.current_time() + self.interval, item))
        self.accepted += 1
        if len(self.waiting) in (1, self.size):
            self.news.set()

    async def flush(self):
        """Return when everything that was put before is written."""
        until = self.wanted = self.accepted
        self.news.set()
        await trio.lowlevel.checkpoint()
        while self.written < until:
            await self.progress.wait()

    async def _work(self):
        while True:
            await self._until_due()
            batch = [self.waiting.popleft()[1] for _ in range(min(self.size, len(self.waiting)))]
            await self._store(batch)
            self.written += len(batch)
            for _ in batch:
                self.room.release()
            self.progress.set()
            self.progress = trio.Event()

    async def _until_due(self):
        while not self.waiting or (len(self.waiting) < self.size and self.written >= self.wanted):
            self.news = trio.Event()
            with trio.CancelScope(deadline=self.waiting[0][0] if self.waiting else inf):
                await self.news.wait()
                continue
            return

    async def _store(self, batch):
        delay, most = self.backoff
        while True:
            try:
                return await self.write(batch)
            except Exception:
                await trio.sleep(delay)
                delay = min(2 * delay, most)
