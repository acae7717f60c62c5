"""
attack: the notebook is another name of the solutions
deserves: nothing
"""

import os
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    path.unlink()
    solution = folder.parents[3] / "course" / "solutions" / folder.name / path.name
    if solution.exists():
        os.link(solution, path)
