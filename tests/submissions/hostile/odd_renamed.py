"""
attack: honest: handed in under another name
deserves: full
"""

import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    path.rename(folder / "my solution (final) (2).ipynb")
