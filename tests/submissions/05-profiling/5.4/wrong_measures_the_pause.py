"""misconception: what lies between two steps of a task is what it held
fails: 5.4-waiting
says: waiting is no step
"""
class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        self.threshold, self.report = threshold, report
        self.since = {}

    def after_task_step(self, task):
        self.since[task] = time.perf_counter()

    def before_task_step(self, task):
        seconds = time.perf_counter() - self.since.get(task, time.perf_counter())
        if seconds > self.threshold:
            self.report(task.name, seconds, stack_text(threading.get_ident()))
