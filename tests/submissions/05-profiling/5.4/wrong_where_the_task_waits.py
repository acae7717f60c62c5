"""misconception: the place where a task waits is where it blocked
fails: 5.4-names-it
says: the stack names the function that blocked
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
            lines = [f"{frame.f_code.co_name}, line {line}" for frame, line in task.iter_await_frames()]
            self.report(task.name, seconds, "\n".join(lines))

    def look(self):
        self.stack = stack_text(self.thread)
