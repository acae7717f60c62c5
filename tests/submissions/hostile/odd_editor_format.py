"""
attack: honest: saved by another editor: lines as lists, tabs, CRLF, sorted keys, no cell ids
deserves: full
"""

import json
import pathlib


def tamper(folder: pathlib.Path) -> None:
    [path] = folder.glob("*.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell.pop("id", None)
        cell["source"] = [line + "\r\n" for line in "".join(cell["source"]).split("\n")]
        cell["metadata"]["vscode"] = {"languageId": "python"}
    notebook["nbformat_minor"] = 2
    notebook["metadata"]["vscode"] = {"interpreter": {"hash": "0"}}
    path.write_text("\ufeff" + json.dumps(notebook, indent="\t", sort_keys=True, ensure_ascii=False), encoding="utf-8")
