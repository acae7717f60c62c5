"""
attack: honest: a check deleted by accident
deserves: full
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    [place, *_] = [n for n, cell in enumerate(notebook["cells"]) if cell["metadata"].get("nbgrader", {}).get("grade")]
    del notebook["cells"][place]
    path.write_text(json.dumps(notebook), encoding="utf-8")
