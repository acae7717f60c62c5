"""
attack: honest: another editor has split a solution cell in two, both with its marks
deserves: full
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for place, cell in enumerate(notebook["cells"]):
        if cell["metadata"].get("nbgrader", {}).get("solution") and cell["cell_type"] == "code":
            second = json.loads(json.dumps(cell))
            second["id"] = cell["id"] + "-b"
            second["source"] = "# my second half" + chr(10) + "limit = 3" + chr(10)
            notebook["cells"].insert(place + 1, second)
            break
    path.write_text(json.dumps(notebook), encoding="utf-8")
