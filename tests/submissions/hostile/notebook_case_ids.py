"""
attack: the checks again under grade ids that differ in case or in invisible letters, with points of their own
deserves: nothing
"""

import copy
import json
import pathlib

CELL = "print('case')"


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    more = []
    for cell in notebook["cells"]:
        marks = cell.get("metadata", {}).get("nbgrader", {})
        if marks.get("grade"):
            for name in (marks["grade_id"].upper(), marks["grade_id"] + "\u200b", marks["grade_id"].replace("e", "\u0435")):
                other = copy.deepcopy(cell)
                other["source"] = "pass"
                other["id"] = f"x{len(more)}"
                other["metadata"]["nbgrader"] |= {"grade_id": name, "points": 1000, "locked": False}
                more.append(other)
    notebook["cells"] += more
    path.write_text(json.dumps(notebook), encoding="utf-8")
