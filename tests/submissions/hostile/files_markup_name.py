"""
attack: file names that are markup for a terminal, for its table and for a browser
deserves: full
"""

import pathlib

NAMES = ("[bold red on white][blink].txt", "[link=file:x]notes.txt", "\x1b[2J\x1b]0;owned\x07.txt", "\u202etxt.eton", "<b onclick=x>.txt", "a\nb.txt")


def tamper(folder: pathlib.Path) -> None:
    for name in NAMES:
        (folder / name).write_text("mine")
