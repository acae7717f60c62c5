"""
attack: honest: saved with a byte order mark and a final line of spaces
deserves: full
"""

import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\r\n   \r\n")
