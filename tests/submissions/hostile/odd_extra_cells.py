"""
attack: honest: cells of their own between the others, one that fails, one that is empty
deserves: full
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    extra = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    for number, source in enumerate(["1 / 0", "", "%time sum(range(10))", "!echo hello", "who_knows", "def broken(:"]):
        notebook["cells"].insert(len(notebook["cells"]) // 2, dict(extra, id=f"mine-{number}", source=source))
    path.write_text(json.dumps(notebook), encoding="utf-8")
