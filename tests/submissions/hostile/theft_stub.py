"""
attack: the source of a hidden check as the text of an unwritten exercise
deserves: nothing
"""

CELL = """\
import sys


async def gather(*async_fns):
    frame, source = sys._getframe(), ""
    while frame is not None:
        source = frame.f_locals.get("source") or source
        frame = frame.f_back
    raise NotImplementedError(f"Exercise 0.1: {source}")
"""
