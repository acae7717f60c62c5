"""approach: a threading.Timer for each step
"""
class StallDetector(trio.abc.Instrument):
    def __init__(self, threshold=0.1, *, report):
        self.threshold, self.report = threshold, report
        self.steps = {}

    def before_task_step(self, task):
        stacks = []
        me = threading.get_ident()
        timer = threading.Timer(self.threshold, lambda: stacks.append(stack_text(me)))
        timer.daemon = True
        timer.start()
        self.steps[task] = time.perf_counter(), timer, stacks

    def after_task_step(self, task):
        if task in self.steps:
            began, timer, stacks = self.steps.pop(task)
            took = time.perf_counter() - began
            timer.cancel()
            if took >= self.threshold:
                self.report(task.name, took, "".join(stacks))
