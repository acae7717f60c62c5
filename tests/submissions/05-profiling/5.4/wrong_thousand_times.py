"""misconception: times are told in milliseconds
fails: 5.4-names-it
says: seconds is how long the step took, in real time
"""
class StallDetector(trio.abc.Instrument):
    """Reports each step that held the loop for too long, with the stack that held it."""

    def __init__(self, threshold=0.1, *, report):
        """Keep what is needed.

        Args:
            threshold: seconds of real time that a step may take.
            report: a plain function of task_name, seconds, stack.
        """
        self.threshold, self.report = threshold, report
        self.alarm = Alarm(threshold, self.look)
        self.thread, self.began, self.stack = None, None, ""

    def before_task_step(self, task):
        """A step begins."""
        self.thread = threading.get_ident()
        self.began, self.stack = time.perf_counter(), ""
        self.alarm.start()

    def after_task_step(self, task):
        """A step has ended."""
        self.alarm.stop()
        if self.began is None:  # the detector came in the middle of this step
            return
        seconds = time.perf_counter() - self.began
        if seconds > self.threshold:
            self.report(task.name, seconds * 1000, self.stack)

    def look(self):
        """The step takes too long: note where it is. Called by the alarm, in another thread."""
        self.stack = stack_text(self.thread)
