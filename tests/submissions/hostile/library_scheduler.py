"""
attack: a scheduler that knows only one order, and says that there was no choice
deserves: nothing
"""

CELL = """\
from servicelab import schedules, watch

watch.Watch.shuffle = lambda self, batch: None
watch.Watch.report = lambda self, kind, text: None
watch.Watch.idle = lambda self: self.clock.jump(1)
schedules.Run.problems = ()
schedules.run_once = lambda main, *args, **options: schedules.Run(None, None, (), 0.0, 0, ())
"""
