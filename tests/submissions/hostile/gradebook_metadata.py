"""
attack: points and scores written into the notebook's own marks
deserves: nothing
"""

import json
import pathlib

CELL = """\
print('worth a hundred')
"""


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader")
        if marks:
            marks.update(
                {"points": 100, "score": 100, "auto_score": 100, "extra_credit": 100, "grade": True, "solution": True}
            )
    path.write_text(json.dumps(notebook), encoding="utf-8")
