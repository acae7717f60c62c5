"""What you choose to tell your instructor: hints opened and attempts made in one lab, in a file that you hand in.

Nothing is told unless you ask for it (`servicelab progress --share labs/00-first-nursery`), and everything that is
told stands in the file, which lies beside the notebook: read it, or delete it before you hand in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .progress import load

if TYPE_CHECKING:
    from pathlib import Path

SHARED = "shared.json"
VERSION = 1


def share(folder: Path) -> Path:
    """Write down beside a lab's notebook which hints were opened and how many attempts its checks took.

    Args:
        folder: the lab's, `labs/00-first-nursery`.

    Returns:
        The file.

    Raises:
        ValueError: if it is no lab's folder.
    """
    number = folder.name.split("-", 1)[0]
    if not number.isdecimal() or not (folder / f"{folder.name}.ipynb").is_file():
        raise ValueError(f"expected the folder of a lab, like labs/00-first-nursery, not {folder}")
    told = {"version": VERSION, "lab": folder.name, **_of_lab(load(), f"{int(number)}.")}
    file = folder / SHARED
    file.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return file


def _of_lab(record: dict[str, Any], prefix: str) -> dict[str, dict[str, int]]:
    """Hints by exercise, and by check the attempts that it took; a check that has not passed is left out."""
    hints, checks = record["hints"], record["checks"]
    return {
        "hints": {name: int(hint.get("opened", 0)) for name, hint in hints.items() if name.startswith(prefix)},
        "attempts": {
            name: int(check["attempts_to_pass"])
            for name, check in checks.items()
            if name.startswith(prefix) and "attempts_to_pass" in check
        },
    }
