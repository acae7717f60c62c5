"""
attack: honest: the checks moved to the end, in another order
deserves: full
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    checks = [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]
    notebook["cells"] = [cell for cell in notebook["cells"] if cell not in checks] + checks[::-1]
    path.write_text(json.dumps(notebook), encoding="utf-8")
