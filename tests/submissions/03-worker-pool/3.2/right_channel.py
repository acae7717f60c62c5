"""approach: the bounded channel all the way: closing it refuses who waits; what is left is drained from it
"""
import traceback
from math import inf

import trio


class WorkerPool:
    def __init__(self, handler, *, workers, buffer=0, log=print):
        self.handler, self.workers, self.log = handler, workers, log
        self.send_channel, self.receive_channel = trio.open_memory_channel(buffer)
        self.in_hand, self.left = [], []
        self.accepted = self.done = self.failed = 0
        self.shutting_down = False
        self.stopped = trio.Event()
        self.cancel_scope = trio.CancelScope()

    async def __aenter__(self):
        self._nursery_cm = trio.open_nursery()
        nursery = await self._nursery_cm.__aenter__()
        nursery.start_soon(self.run_workers)
        return self

    async def __aexit__(self, exc_type, exc, tb):
        self.start_shutdown(0 if exc_type else inf)
        await self._nursery_cm.__aexit__(None, None, None)

    async def run_workers(self):
        try:
            with self.cancel_scope:
                async with trio.open_nursery() as nursery:
                    for _ in range(self.workers):
                        nursery.start_soon(self.worker, self.receive_channel.clone())
        finally:
            queued = []
            while self.receive_channel.statistics().current_buffer_used:
                queued.append(self.receive_channel.receive_nowait())
            self.left = [box[0] for box in self.in_hand] + queued
            self.stopped.set()

    async def worker(self, channel):
        async with channel:
            async for job in channel:
                box = [job]
                self.in_hand.append(box)
                try:
                    await self.handler(job)
                except Exception:
                    self.failed += 1
                    self.log(f"job {job!r} failed:\n{traceback.format_exc()}")
                else:
                    self.done += 1
                self.in_hand = [other for other in self.in_hand if other is not box]

    async def submit(self, job):
        try:
            await self.send_channel.send(job)
        except trio.ClosedResourceError:
            raise PoolClosed("shutdown has begun") from None
        self.accepted += 1

    def start_shutdown(self, grace):
        if not self.shutting_down:
            self.shutting_down = True
            self.send_channel.close()
            self.cancel_scope.deadline = trio.current_time() + grace

    async def shutdown(self, grace):
        self.start_shutdown(grace)
        await self.stopped.wait()
        return self.left

    def statistics(self):
        buffered = 0 if self.stopped.is_set() else self.receive_channel.statistics().current_buffer_used
        return PoolStatistics(self.accepted, self.done, self.failed, len(self.in_hand), buffered)
