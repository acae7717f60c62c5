"""approach: one channel for items and for flush markers; the writer reads it until size, deadline or marker
"""
from math import inf

import trio


class BatchSink:
    def __init__(self, write, *, size=100, interval=300.0, capacity=10_000, backoff=(0.1, 30.0)):
        self._write, self._size, self._interval, self._backoff = write, size, interval, backoff
        self._room = trio.Semaphore(capacity)
        self._send, self._receive = trio.open_memory_channel(inf)

    async def __aenter__(self):
        self._manager = trio.open_nursery()
        self._nursery = await self._manager.__aenter__()
        self._nursery.start_soon(self._run)
        return self

    async def __aexit__(self, kind, error, frames):
        try:
            if error is None or isinstance(error, Exception):
                await self.flush()
        finally:
            self._nursery.cancel_scope.cancel()
            await self._manager.__aexit__(None, None, None)

    async def put(self, item):
        await self._room.acquire()
        self._send.send_nowait((trio.current_time() + self._interval, item, None))

    async def flush(self):
        done = trio.Event()
        self._send.send_nowait((-inf, None, done))
        await done.wait()

    async def _run(self):
        while True:
            due, item, done = await self._receive.receive()
            batch = [item] if done is None else []
            while done is None and len(batch) < self._size:
                with trio.move_on_at(due):
                    _, item, done = await self._receive.receive()
                    if done is None:
                        batch.append(item)
                    continue
                break
            if batch:
                await self._store(batch)
            if done is not None:
                done.set()

    async def _store(self, batch):
        wait = self._backoff[0]
        while True:
            try:
                await self._write(batch)
                break
            except Exception:
                await trio.sleep(wait)
            wait = min(2 * wait, self._backoff[1])
        for _ in batch:
            self._room.release()
