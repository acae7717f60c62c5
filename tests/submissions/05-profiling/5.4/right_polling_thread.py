"""approach: a thread of its own that polls; started with the run, ended with it
"""
import sys
import traceback


class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        self.threshold = threshold
        self.report = report
        self.current = None
        self.over = threading.Event()

    def before_run(self):
        self.target = threading.get_ident()
        threading.Thread(target=self.watch, daemon=True).start()

    def after_run(self):
        self.over.set()

    def watch(self):
        while not self.over.wait(self.threshold / 5):
            step = self.current
            if step and not step["stack"] and time.monotonic() - step["began"] > self.threshold:
                step["stack"] = "".join(traceback.format_stack(sys._current_frames()[self.target]))

    def before_task_step(self, task):
        self.current = {"began": time.monotonic(), "stack": ""}

    def after_task_step(self, task):
        step, self.current = self.current, None
        if step is not None:
            took = time.monotonic() - step["began"]
            if took > self.threshold:
                self.report(task.name, took, step["stack"])
