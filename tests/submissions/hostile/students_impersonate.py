"""
attack: metadata and files that name another student
deserves: nothing
"""

import json
import pathlib

CELL = """\
print('I am the first bystander')
"""


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["nbgrader"] = {"student_id": "000-bystander", "score": 100}
    notebook["metadata"]["student_id"] = "000-bystander"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    (folder / "student.txt").write_text("000-bystander")
    (folder / "timestamp.txt").write_text("1970-01-01 00:00:00.000000 UTC")
