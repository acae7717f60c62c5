"""
attack: very many empty files
deserves: nothing
"""

CELL = """\
import pathlib

for number in range(10**6):
    pathlib.Path(f"inode-{number}").touch()
"""
