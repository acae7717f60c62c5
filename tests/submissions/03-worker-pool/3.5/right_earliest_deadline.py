"""approach: sleeps until the earliest beat goes stale, and looks again then
"""
import trio


class Watchdog:
    def __init__(self, *, timeout, on_stuck):
        self._timeout, self._on_stuck = timeout, on_stuck
        self._stale_at = {}
        self._work = {}

    def beat(self, worker, job):
        self._stale_at[worker] = trio.current_time() + self._timeout
        self._work[worker] = job, trio.lowlevel.current_task()

    def idle(self, worker):
        self._stale_at.pop(worker, None)

    async def watch(self):
        while True:
            now = trio.current_time()
            for worker in [worker for worker, moment in self._stale_at.items() if moment <= now]:
                del self._stale_at[worker]
                job, task = self._work[worker]
                self._on_stuck(job, where_is(task))
            soon = trio.current_time() + self._timeout
            await trio.sleep_until(min([soon, *self._stale_at.values()]))


def where_is(task):
    frames = [
        (frame, line)
        for frame, line in task.iter_await_frames()
        if not frame.f_globals["__name__"].startswith("trio.") and frame.f_globals["__name__"] != "trio"
    ]
    frame, line = frames[-1]
    return f"{frame.f_code.co_filename}:{line} in {frame.f_code.co_name}"
