"""
attack: links that lead to themselves and to the root, a socket and a deep tree beside the notebook
deserves: full
"""

import pathlib
import socket


def tamper(folder: pathlib.Path) -> None:
    (folder / "self").symlink_to("self")
    (folder / "root").symlink_to("/")
    (folder / "timestamp.txt").symlink_to("/dev/zero")
    deep = folder
    for _ in range(60):
        deep = deep / "d"
        deep.mkdir()
    there = socket.socket(socket.AF_UNIX)
    try:
        there.bind("\0unused") if len(str(folder)) > 90 else there.bind(str(folder / "sock"))
    finally:
        there.close()
