"""approach: looks once in each timeout, at beats that are older than that; the stack is summed up by traceback
"""
import traceback

import trio


class Watchdog:
    def __init__(self, *, timeout, on_stuck):
        self.timeout, self.on_stuck, self.workers = timeout, on_stuck, {}

    def beat(self, worker, job):
        task = trio.lowlevel.current_task()
        self.workers[worker] = {"at": trio.current_time(), "job": job, "task": task}

    def idle(self, worker):
        self.workers[worker] = None

    async def watch(self):
        while True:
            await trio.sleep(self.timeout)
            for worker in list(self.workers):
                beat = self.workers[worker]
                if beat is not None and trio.current_time() - beat["at"] > self.timeout:
                    self.workers[worker] = None
                    stack = traceback.StackSummary.extract(iter(list(beat["task"].iter_await_frames())))
                    own = [line for line in stack if "site-packages/trio" not in line.filename]
                    self.on_stuck(beat["job"], f"{own[-1].filename}:{own[-1].lineno} in {own[-1].name}")
