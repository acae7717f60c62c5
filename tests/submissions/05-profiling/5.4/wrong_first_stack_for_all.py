"""misconception: a stack once taken is good for all steps
fails: 5.4-once
says: reported once, with its own stack
"""
class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        self.threshold, self.report = threshold, report
        self.alarm = Alarm(threshold, self.look)
        self.thread, self.began, self.stack = None, None, ""

    def before_task_step(self, task):
        self.thread = threading.get_ident()
        self.began = time.perf_counter()
        self.alarm.start()

    def after_task_step(self, task):
        self.alarm.stop()
        seconds = time.perf_counter() - self.began
        if seconds > self.threshold:
            self.report(task.name, seconds, self.stack)

    def look(self):
        self.stack = self.stack or stack_text(self.thread)
