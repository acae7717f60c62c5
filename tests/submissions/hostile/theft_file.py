"""
attack: each check writes down what it is for the next one to tell
deserves: nothing
"""

CELL = """\
import pathlib
import sys

NOTES = pathlib.Path("notes-of-the-checks")


async def gather(*async_fns):
    frame, source = sys._getframe(), ""
    while frame is not None:
        source = frame.f_locals.get("source") or source
        frame = frame.f_back
    with NOTES.open("a") as file:
        file.write(source + chr(10))
    raise OSError(NOTES.read_text()[::-1].replace(chr(10), "~")[:1500][::-1])
"""
