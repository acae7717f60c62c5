"""approach: every beat goes through a channel and gets a timer task of its own
"""
import itertools
from math import inf

import trio


class Watchdog:
    def __init__(self, *, timeout, on_stuck):
        self.timeout, self.on_stuck = timeout, on_stuck
        self.numbers = itertools.count()
        self.latest = {}
        self.send, self.receive = trio.open_memory_channel(inf)

    def beat(self, worker, job):
        self.latest[worker] = number = next(self.numbers)
        self.send.send_nowait((worker, number, job, trio.lowlevel.current_task(), trio.current_time()))

    def idle(self, worker):
        self.latest[worker] = None

    async def watch(self):
        async with trio.open_nursery() as nursery:
            async for beat in self.receive:
                nursery.start_soon(self.timer, *beat)

    async def timer(self, worker, number, job, task, since):
        await trio.sleep_until(since + self.timeout)
        if self.latest[worker] == number:
            self.on_stuck(job, self.place(task))

    def place(self, task):
        for frame, line in reversed(list(task.iter_await_frames())):
            if frame.f_globals.get("__package__", "").split(".")[0] != "trio":
                return f"{frame.f_code.co_filename}:{line} in {frame.f_code.co_name}"
        return "?:0 in ?"
