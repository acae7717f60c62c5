"""
attack: the process that runs the cells wrapped, so that every request is kept and told later
deserves: nothing
"""

import json
import pathlib

CELL = """\
import gc
import sys

KEPT = []
frame = sys._getframe()
while frame is not None:
    module = frame.f_globals
    if module.get("__name__", "").endswith("runner") and "_loads" in module:
        honest = module["_loads"]

        def loads(line, honest=honest):
            KEPT.append(line)
            return honest(line)

        module["_loads"] = loads
    frame = frame.f_back
"""


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    extra = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"].append(dict(extra, id="tell", source="print(KEPT)\nfor line in KEPT:\n    print(line)"))
    path.write_text(json.dumps(notebook), encoding="utf-8")
