"""
attack: numbers, keys and constants that break decoders
deserves: nothing
"""

import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    text = path.read_text(encoding="utf-8")
    path.write_text(text[:-1] + ', "nbformat": 4e999, "nbformat_minor": NaN, "x": ' + "9" * 10_000 + "}")
