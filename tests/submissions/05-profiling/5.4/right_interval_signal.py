"""approach: a timer signal in the main thread, an alarm elsewhere
"""
import signal
import traceback


class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        self.threshold, self.report = threshold, report
        self.began, self.stack = 0.0, ""
        self.main = threading.current_thread() is threading.main_thread()
        self.alarm = Alarm(threshold, lambda: self.keep(stack_text(self.thread)))
        if self.main:
            signal.signal(signal.SIGALRM, lambda number, frame: self.keep("".join(traceback.format_stack(frame))))

    def keep(self, stack):
        self.stack = stack

    def before_task_step(self, task):
        self.thread, self.began, self.stack = threading.get_ident(), time.perf_counter(), ""
        if self.main:
            signal.setitimer(signal.ITIMER_REAL, self.threshold)
        else:
            self.alarm.start()

    def after_task_step(self, task):
        if self.main:
            signal.setitimer(signal.ITIMER_REAL, 0)
        else:
            self.alarm.stop()
        seconds = time.perf_counter() - self.began
        if self.began and seconds > self.threshold:
            self.report(task.name, seconds, self.stack)
