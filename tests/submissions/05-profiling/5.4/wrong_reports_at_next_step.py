"""misconception: a step is over when the next one begins
fails: 5.4-waiting
says: waiting is no step
"""
class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        self.threshold, self.report = threshold, report
        self.alarm = Alarm(threshold, self.look)
        self.name, self.thread, self.began, self.stack = None, None, None, ""

    def before_task_step(self, task):
        self.alarm.stop()
        now = time.perf_counter()
        if self.began is not None and now - self.began > self.threshold:
            self.report(self.name, now - self.began, self.stack)
        self.name, self.thread = task.name, threading.get_ident()
        self.began, self.stack = now, ""
        self.alarm.start()

    def look(self):
        self.stack = stack_text(self.thread)
