"""approach: no workers that wait: a task for each job, started by a plain function that looks at queue and running jobs
"""
import traceback
from collections import deque

import trio


class WorkerPool:
    def __init__(self, handler, *, workers, buffer=0, log=print):
        self._handler, self._log = handler, log
        self._workers, self._buffer = workers, buffer
        self._queue, self._active = deque(), {}
        self._accepted = self._done = self._failed = 0
        self._left = []
        self._closing, self._over = False, trio.Event()
        self._change = trio.Event()
        self._scope = trio.CancelScope()

    def _changed(self):
        self._change.set()
        self._change = trio.Event()

    def _full(self):
        return len(self._queue) + len(self._active) >= self._workers + self._buffer

    def _pump(self):
        while self._queue and len(self._active) < self._workers and not self._scope.cancel_called:
            number, job = self._queue.popleft()
            self._active[number] = job
            self._nursery.start_soon(self._run, number, job)
        self._changed()

    async def _run(self, number, job):
        try:
            await trio.lowlevel.checkpoint_if_cancelled()
            await self._handler(job)
        except Exception:
            self._failed += 1
            self._log(traceback.format_exc())
        except BaseException:
            self._left.append((number, job))
            raise
        else:
            self._done += 1
        finally:
            del self._active[number]
            self._pump()

    async def _live(self, task_status=trio.TASK_STATUS_IGNORED):
        try:
            with self._scope:
                async with trio.open_nursery() as self._nursery:
                    task_status.started()
                    while not self._closing or self._queue or self._active:
                        await self._change.wait()
        finally:
            self._left = [job for _, job in sorted(self._left + list(self._queue), key=lambda entry: entry[0])]
            self._queue.clear()
            self._over.set()

    async def __aenter__(self):
        self._outer = trio.open_nursery()
        nursery = await self._outer.__aenter__()
        await nursery.start(self._live)
        return self

    async def __aexit__(self, kind, error, frames):
        self._close(float("inf") if error is None else 0)
        await self._outer.__aexit__(None, None, None)

    async def submit(self, job):
        while not self._closing and self._full():
            await self._change.wait()
        if self._closing:
            raise PoolClosed
        self._queue.append((self._accepted, job))
        self._accepted += 1
        self._pump()

    def _close(self, grace):
        if not self._closing:
            self._closing = True
            self._scope.deadline = trio.current_time() + grace
            self._changed()

    async def shutdown(self, grace):
        self._close(grace)
        await self._over.wait()
        return self._left

    def statistics(self):
        return PoolStatistics(self._accepted, self._done, self._failed, len(self._active), len(self._queue))
