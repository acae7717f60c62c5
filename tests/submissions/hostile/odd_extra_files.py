"""
attack: honest: notes, checkpoints, a virtual environment and pictures beside the notebook
deserves: full
"""

import pathlib


def tamper(folder: pathlib.Path) -> None:
    (folder / "notes.txt").write_text("ask about nurseries")
    (folder / ".ipynb_checkpoints").mkdir()
    [path] = folder.glob("*.ipynb")
    (folder / ".ipynb_checkpoints" / path.name).write_text("{}")
    (folder / "scratch.ipynb").write_text("{}")
    (folder / "my helpers").mkdir()
    (folder / "my helpers" / "helper.py").write_text("x = 1")
    (folder / "timestamp.txt").write_text("2026-01-01 12:00:00.000000 UTC")
