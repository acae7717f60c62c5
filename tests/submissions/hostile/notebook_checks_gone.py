"""
attack: all checks deleted
deserves: nothing
"""

import json
import pathlib

CELL = """\
print('no checks, no failures')
"""


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"] = [cell for cell in notebook["cells"] if not cell["metadata"].get("nbgrader", {}).get("grade")]
    path.write_text(json.dumps(notebook), encoding="utf-8")
