"""
attack: outputs of passed checks saved in the notebook
deserves: nothing
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "Passed.\n"}]
            cell["execution_count"] = 1
    path.write_text(json.dumps(notebook), encoding="utf-8")
