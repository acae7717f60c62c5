"""misconception: threshold of the first detector holds for all
fails: 5.4-quick
says: by each detector anew
"""
class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        StallDetector.threshold = max(threshold, getattr(StallDetector, "threshold", 0))
        self.report = report
        self.alarm = Alarm(threshold, self.look)
        self.thread, self.began, self.stack = None, None, ""

    def before_task_step(self, task):
        self.thread = threading.get_ident()
        self.began, self.stack = time.perf_counter(), ""
        self.alarm.start()

    def after_task_step(self, task):
        self.alarm.stop()
        seconds = time.perf_counter() - self.began
        if seconds > self.threshold:
            self.report(task.name, seconds, self.stack)

    def look(self):
        self.stack = stack_text(self.thread)
