"""
attack: cell ids with markup and paths in them
deserves: nothing
"""

import json
import pathlib

CELL = """\
print('ids')
"""


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"../../{number}<script>alert('cell-id-script')</script>"
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["grade_id"] += "<img src=x onerror=alert('grade-id-script')>"
    path.write_text(json.dumps(notebook), encoding="utf-8")
