"""misconception: `Alarm(threshold, self.look())` lets the alarm call `look`
fails: 5.4-names-it
says: pass it without calling it
"""
import threading
import time

import trio


class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        self.threshold, self.report = threshold, report
        self.thread, self.began, self.stack = threading.get_ident(), 0.0, ""
        self.alarm = Alarm(threshold, self.look())

    def before_task_step(self, task):
        self.began = time.perf_counter()
        self.alarm.start()

    def after_task_step(self, task):
        self.alarm.stop()
        seconds = time.perf_counter() - self.began
        if seconds > self.threshold:
            self.report(task.name, seconds, self.stack)

    def look(self):
        self.stack = stack_text(self.thread)
