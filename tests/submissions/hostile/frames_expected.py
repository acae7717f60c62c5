"""
attack: it looks for the expected value in the frames and the heap
deserves: nothing
"""

CELL = """\
import gc
import sys


async def gather(*async_fns):
    frame = sys._getframe()
    while frame is not None:
        for name in ("expected", "right", "reference"):
            if name in frame.f_locals:
                return frame.f_locals[name]
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ in ("Expectation", "Plan", "Transcript", "Promise", "GradedCell"):
            return thing
"""
