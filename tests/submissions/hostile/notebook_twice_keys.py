"""
attack: a notebook whose JSON has every key twice, the second time harmless, and numbers with a hundred thousand digits
deserves: nothing
"""

import pathlib

CELL = "print('twice')"


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    text = path.read_text(encoding="utf-8").strip()
    path.write_text(text[:-1] + ', "x": 1' + "0" * 100_000 + ', "nbformat": 4, "nbformat": 4, "cells": []}', encoding="utf-8")
