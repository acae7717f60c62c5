"""
attack: a notebook of a gigabyte that is nearly all holes
deserves: nothing
"""

import os
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    os.truncate(path, 1 << 30)
