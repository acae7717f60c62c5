"""approach: the watching thread reports, soon after the step has ended
"""
import queue


class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        self.threshold, self.report = threshold, report
        self.events = queue.SimpleQueue()
        self.thread = None

    def before_task_step(self, task):
        if self.thread is None:
            self.thread = threading.Thread(target=self.work, args=(threading.get_ident(),), daemon=True)
            self.thread.start()
        self.events.put(("begin", task.name, time.perf_counter()))

    def after_task_step(self, task):
        self.events.put(("end", task.name, time.perf_counter()))

    def work(self, target):
        while True:
            what, name, began = self.events.get()
            if what != "begin":
                continue
            stack = ""
            try:
                event = self.events.get(timeout=max(0.0, self.threshold + began - time.perf_counter()))
            except queue.Empty:
                stack = stack_text(target)
                event = self.events.get()
            if event[2] - began > self.threshold:
                self.report(name, event[2] - began, stack)
