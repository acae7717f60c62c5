"""
attack: a named pipe in place of the notebook
deserves: nothing
"""

import os
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    path.unlink()
    os.mkfifo(path)
