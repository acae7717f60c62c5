"""
attack: checks that always pass under the ids of the real ones
deserves: nothing
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["source"] = (
                cell["source"].split("\n")[0] + "\nasync def check():\n    assert 1 == 1, 'fine'\n\nverify(check)"
            )
            cell["metadata"]["nbgrader"].pop("checksum", None)
    path.write_text(json.dumps(notebook), encoding="utf-8")
