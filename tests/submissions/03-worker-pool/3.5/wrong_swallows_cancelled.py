"""misconception: the watchdog must survive everything
fails: 3.5-names-job-and-line, 3.5-in-time, 3.5-each-beat, 3.5-several, 3.5-replaced
says: Cancelled is never swallowed
"""
import trio


class Watchdog:
    """Notices workers that are stuck: no beat for `timeout` seconds while they have a job."""

    def __init__(self, *, timeout, on_stuck):
        self.timeout, self.on_stuck = timeout, on_stuck
        self.beats = {}  # worker -> (time of its last beat, its job, its task)

    def beat(self, worker, job):
        self.beats[worker] = (trio.current_time(), job, trio.lowlevel.current_task())

    def idle(self, worker):
        self.beats.pop(worker, None)

    async def watch(self):
        while True:
            try:
                await trio.sleep(self.timeout / 4)
            except trio.Cancelled:
                return
            for worker, (since, job, task) in list(self.beats.items()):
                if trio.current_time() - since >= self.timeout:
                    self.idle(worker)  # once for each beat
                    self.on_stuck(job, self._place_of(task))

    def _place_of(self, task):
        place = "nowhere: its task has ended"
        for frame, line in task.iter_await_frames():  # from the outermost to the innermost
            if frame.f_globals.get("__name__", "").partition(".")[0] != "trio":
                place = f"{frame.f_code.co_filename}:{line} in {frame.f_code.co_name}"
        return place
