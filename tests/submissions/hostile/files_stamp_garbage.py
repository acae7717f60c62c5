"""
attack: a time stamp that is none
deserves: full
"""

import pathlib


def tamper(folder: pathlib.Path) -> None:
    (folder / "timestamp.txt").write_bytes(b"\xff\x00 next \x1b[2J thursday")
    (folder / "submission_secret.txt").write_text("../../../../stolen/by-secret")
