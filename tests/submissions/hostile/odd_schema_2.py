"""
attack: honest: the marks of an older nbgrader
deserves: full
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader")
        if marks:
            marks["schema_version"] = 2
            marks.pop("task", None)
    path.write_text(json.dumps(notebook), encoding="utf-8")
