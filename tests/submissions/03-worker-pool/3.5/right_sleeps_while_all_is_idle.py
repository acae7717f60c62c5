"""approach: sleeps until the earliest limit, and on an event while nobody is at work
"""
class Watchdog:
    def __init__(self, *, timeout, on_stuck):
        self._timeout, self._tell = timeout, on_stuck
        self._seen = {}
        self._news = trio.Event()

    def beat(self, worker, job):
        self._seen[worker] = (trio.current_time() + self._timeout, job, trio.lowlevel.current_task())
        self._news.set()

    def idle(self, worker):
        if worker in self._seen:
            del self._seen[worker]

    async def watch(self):
        while True:
            if not self._seen:
                self._news = trio.Event()
                await self._news.wait()
                continue
            await trio.sleep_until(min(at for at, _, _ in self._seen.values()))
            now = trio.current_time()
            late = [(w, e) for w, e in self._seen.items() if e[0] <= now]
            for worker, (at, job, task) in late:
                self._seen.pop(worker, None)
            for worker, (at, job, task) in late:
                self._tell(job, where_is(task))


def where_is(task):
    spots = [(f, n) for f, n in task.iter_await_frames() if f.f_globals["__name__"].split(".")[0] != "trio"]
    frame, line = spots[-1]
    return "%s:%d in %s" % (frame.f_code.co_filename, line, frame.f_code.co_name)
