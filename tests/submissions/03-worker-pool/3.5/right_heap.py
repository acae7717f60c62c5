"""approach: a heap of moments; a beat that was replaced is passed over when its moment comes
"""
import heapq
from dataclasses import dataclass, field
from typing import Any

import trio


@dataclass(order=True)
class Beat:
    stale_at: float
    worker: Any = field(compare=False)
    job: Any = field(compare=False)
    task: Any = field(compare=False)


class Watchdog:
    def __init__(self, *, timeout, on_stuck):
        self.timeout, self.on_stuck = timeout, on_stuck
        self.heap, self.now = [], {}

    def beat(self, worker, job):
        beat = Beat(trio.current_time() + self.timeout, worker, job, trio.lowlevel.current_task())
        self.now[worker] = beat
        heapq.heappush(self.heap, beat)

    def idle(self, worker):
        self.now.pop(worker, None)

    async def watch(self):
        while True:
            while self.heap and self.heap[0].stale_at <= trio.current_time():
                beat = heapq.heappop(self.heap)
                if self.now.get(beat.worker) is beat:
                    del self.now[beat.worker]
                    self.on_stuck(beat.job, self.where(beat.task))
            await trio.sleep(self.timeout / 8)

    @staticmethod
    def where(task):
        own = [(f, n) for f, n in task.iter_await_frames() if "/trio/" not in f.f_code.co_filename.replace("\\", "/")]
        frame, line = own[-1]
        return "%s:%d in %s" % (frame.f_code.co_filename, line, frame.f_code.co_name)
