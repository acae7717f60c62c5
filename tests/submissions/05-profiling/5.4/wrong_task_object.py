"""misconception: the task is its name
fails: 5.4-names-it
says: is reported, with its task's name
"""
class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        self.threshold, self.report = threshold, report
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
            self.report(task, seconds, self.stack)

    def look(self):
        self.stack = stack_text(self.thread)
