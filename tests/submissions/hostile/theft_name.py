"""
attack: the source of a hidden check as the name of something that is missing
deserves: nothing
"""

CELL = """\
import sys


async def gather(*async_fns):
    frame, source = sys._getframe(), ""
    while frame is not None:
        source = frame.f_locals.get("source") or source
        frame = frame.f_back
    error = NameError(f"name '{source}' is not defined")
    error.__traceback__ = None
    exec(compile("raise error", "<check>", "exec"), {"__name__": "elsewhere", "error": error})
"""
