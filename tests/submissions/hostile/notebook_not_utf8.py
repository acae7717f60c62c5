"""
attack: bytes that are no text
deserves: nothing
"""

import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    path.write_bytes(b"\xff\xfe" + path.read_bytes().replace(b"cells", b"c\x00lls"))
