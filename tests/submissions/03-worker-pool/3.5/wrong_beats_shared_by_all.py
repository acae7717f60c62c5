"""misconception: there is one watchdog only
fails: 3.5-several
says: each stuck worker is told, once; the others are not
"""
class Watchdog:
    """Notices workers that are stuck: no beat for `timeout` seconds while they have a job."""

    beats = {}

    def __init__(self, *, timeout, on_stuck):
        """Keep what is needed. `on_stuck(job, where)` is a plain function."""
        self.timeout, self.on_stuck = timeout, on_stuck

    def beat(self, worker, job):
        """The worker is alive and at work on `job`; called from the worker's own task."""
        self.beats[worker] = (trio.current_time(), job, trio.lowlevel.current_task())

    def idle(self, worker):
        """The worker has no job: nothing to watch."""
        self.beats.pop(worker, None)

    async def watch(self):
        """Look for stale beats until cancelled; a task of its own."""
        while True:
            await trio.sleep(self.timeout / 4)
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
