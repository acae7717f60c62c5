"""
attack: a folder in place of the notebook
deserves: nothing
"""

import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    path.unlink()
    path.mkdir()
    (path / path.name).write_text("{}")
