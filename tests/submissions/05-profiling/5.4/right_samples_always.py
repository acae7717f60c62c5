"""approach: a sampler that always looks, and keeps what it saw first of each long step
"""
class StallDetector(trio.abc.Instrument):
    """A thread looks all the time; a step takes what was seen during it."""

    def __init__(self, threshold=0.1, *, report):
        self.threshold, self.report = threshold, report
        self.seen = (0.0, "")
        self.loop = None
        self.began = 0.0

    def watch(self):
        while (loop := self.loop) is not None:
            time.sleep(self.threshold / 8)
            began = self.began
            if began and began != self.seen[0] and time.perf_counter() - began > self.threshold / 2:
                stack = stack_text(loop)
                if began == self.began:  # the step was not over when we looked
                    self.seen = began, stack

    def before_task_step(self, task):
        if self.loop is None:
            self.loop = threading.get_ident()
            threading.Thread(target=self.watch, daemon=True).start()
        self.began = time.perf_counter()

    def after_task_step(self, task):
        began, self.began = self.began, 0.0
        if not began:
            return
        took = time.perf_counter() - began
        when, stack = self.seen
        if took > self.threshold:
            self.report(task.name, took, stack if when == began else "(not seen)")

    def after_run(self):
        self.loop = None
