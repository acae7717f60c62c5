"""
attack: the notebook is a link to the solutions
deserves: nothing
"""

import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    path.unlink()
    path.symlink_to(folder.parents[3] / "course" / "solutions" / folder.name / path.name)
