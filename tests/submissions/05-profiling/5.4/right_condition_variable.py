"""approach: a thread that waits on a condition until a step begins or ends
"""
class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        self.threshold, self.report = threshold, report
        self.changed = threading.Condition()
        self.step = 0
        self.busy = False
        self.stack = {}
        self.thread = None

    def watch(self):
        with self.changed:
            while True:
                self.changed.wait_for(lambda: self.busy)
                step = self.step
                if not self.changed.wait_for(lambda: not self.busy or self.step != step, self.threshold):
                    self.stack[step] = stack_text(self.target)
                    self.changed.wait_for(lambda: self.step != step or not self.busy)

    def before_task_step(self, task):
        if self.thread is None:
            self.target = threading.get_ident()
            self.thread = threading.Thread(target=self.watch, daemon=True)
            self.thread.start()
        with self.changed:
            self.step += 1
            self.busy = True
            self.began = time.perf_counter()
            self.changed.notify()

    def after_task_step(self, task):
        with self.changed:
            if not self.busy:
                return
            self.busy = False
            took = time.perf_counter() - self.began
            stack = self.stack.pop(self.step, "")
            self.changed.notify()
        if took > self.threshold:
            self.report(task.name, took, stack)
