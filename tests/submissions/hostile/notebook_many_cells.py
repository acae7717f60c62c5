"""
attack: a hundred thousand cells
deserves: nothing
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    extra = {"cell_type": "code", "id": "x", "metadata": {}, "source": "1", "outputs": [], "execution_count": None}
    notebook["cells"] += [dict(extra, id=f"x-{number}") for number in range(100_000)]
    path.write_text(json.dumps(notebook), encoding="utf-8")
