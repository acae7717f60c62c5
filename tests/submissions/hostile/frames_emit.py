"""
attack: it finds the function that sends observations out, and sends its own
deserves: nothing
"""

CELL = """\
import gc
import sys


async def gather(*async_fns):
    frame, witness = sys._getframe(), None
    while frame is not None:
        witness = frame.f_locals.get("witness") or frame.f_locals.get("self") or witness
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ == "_Witness":
            witness = thing
    for _ in range(3):
        witness.emit(["saw", 0, ["list", []]])
    witness.emit(["end", 0, 0, [], 0.0])
    witness.emit(["done", 1])
"""
