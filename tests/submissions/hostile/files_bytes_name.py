"""
attack: a file beside the notebook whose name is no text
deserves: full
"""

import os
import pathlib


def tamper(folder: pathlib.Path) -> None:
    pathlib.Path(os.fsdecode(os.fsencode(folder) + b"/notes-\xff\xfe.txt")).write_text("mine")
