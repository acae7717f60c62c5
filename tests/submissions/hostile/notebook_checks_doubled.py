"""
attack: every check a hundred times
deserves: nothing
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    checks = [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]
    notebook["cells"] += [dict(cell) for cell in checks for _ in range(100)]
    path.write_text(json.dumps(notebook), encoding="utf-8")
