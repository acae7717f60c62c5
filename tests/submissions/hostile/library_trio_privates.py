"""
attack: trio's own run state, statistics and clock changed while a check runs
deserves: nothing
"""

CELL = """\
import gc
import sys


async def gather(*async_fns):
    core = sys.modules["trio._core._run"]
    runner = core.GLOBAL_RUN_CONTEXT.runner
    runner.clock.jump(-1e9) if hasattr(runner.clock, "jump") else None
    for thing in gc.get_objects():
        if type(thing).__name__ in ("MockClock", "VirtualClock", "_Virtual"):
            thing._virtual_base = 0.0
            thing._real_base = 0.0
    results = []
    for one in async_fns:
        results.append(await one())
    core.GLOBAL_RUN_CONTEXT.runner.clock.current_time = lambda: 0.0
    type(runner.clock).current_time = lambda self: 0.0
    sys.modules["trio"].current_time = lambda: 0.0
    for task in list(runner.tasks):
        if task is not core.GLOBAL_RUN_CONTEXT.task:
            task._schedule_points = 0
    return results
"""
