"""
attack: a format that does not exist, with cells that are not cells
deserves: nothing
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["nbformat"] = 99
    notebook["cells"] = [None, 1, "x", [], {}, *notebook["cells"]]
    path.write_text(json.dumps(notebook), encoding="utf-8")
