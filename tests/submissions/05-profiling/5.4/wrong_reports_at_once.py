"""misconception: the alarm is the moment to report
fails: 5.4-once
says: reported after it has ended
"""
class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        self.threshold, self.report = threshold, report
        self.alarm = Alarm(threshold, self.look)
        self.thread, self.began, self.stack = None, None, ""

    def before_task_step(self, task):
        self.thread, self.name = threading.get_ident(), task.name
        self.began, self.stack = time.perf_counter(), ""
        self.alarm.start()

    def after_task_step(self, task):
        self.alarm.stop()

    def look(self):
        seconds = time.perf_counter() - self.began
        self.report(self.name, seconds, stack_text(self.thread))
