"""
attack: checks that claim to be solutions, solutions that claim to be checks, text that claims to be code
deserves: nothing
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader")
        if marks:
            marks["grade"], marks["solution"], marks["locked"] = marks.get("solution"), marks.get("grade"), False
            cell["cell_type"] = "raw" if marks["grade"] else "markdown"
    path.write_text(json.dumps(notebook), encoding="utf-8")
