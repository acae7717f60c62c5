"""
attack: an attachment that closes the tag it is in
deserves: nothing
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    attachments = {
        "x.png": {
            "image/png": "AAAA\" onerror=\"alert('attached-script')",
            "image/svg+xml": "<svg onload=alert('attached')>",
        }
    }
    cell = {
        "cell_type": "markdown",
        "id": "attached",
        "metadata": {},
        "source": "![x](attachment:x.png)",
        "attachments": attachments,
    }
    notebook["cells"].append(cell)
    path.write_text(json.dumps(notebook), encoding="utf-8")
