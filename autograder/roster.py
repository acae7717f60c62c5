"""The roster of a class: a CSV file with a line for each student, in the form of `nbgrader db student import`.

Ids become names of folders and of accounts, and nbgrader's exchange writes `ID+LAB+TIME`: what would break there is
refused here, with its line, before anything is written.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from typing import TYPE_CHECKING

from .errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS = ("id", "first_name", "last_name", "email")
_ID = re.compile(r"[\w][\w.@-]{0,63}")
_SEPARATORS = ",;\t"


def read_roster(path: Path) -> list[dict[str, str]]:
    """Read a roster; columns but `id` may be missing, and commas be semicolons or tabs, as spreadsheets write them.

    Returns:
        A row for each student, with the fields of `COLUMNS`.

    Raises:
        UsageError: if it is none.
    """
    lines = _text(path).splitlines()
    separator = max(_SEPARATORS, key=lambda one: lines[0].count(one)) if lines else ","
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        raise UsageError(f"cannot read the roster {path}: {error}") from None
    names = _columns(path, rows[0] if rows else [])
    students: dict[str, dict[str, str]] = {}
    for number, values in enumerate(rows[1:], start=2):
        if any(value.strip() for value in values):
            student = _student(path, number, names, values)
            if student["id"] in students:
                raise UsageError(f"{path}: line {number}: the id {student['id']!r} is there already; leave one of them")
            students[student["id"]] = student
    return list(students.values())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read the roster {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"cannot read the roster {path}: it is not UTF-8; save it as CSV UTF-8") from None


def _columns(path: Path, first: Sequence[str]) -> list[str]:
    names = [name.strip().lower() for name in first]
    if "id" not in names or set(names) - {*COLUMNS, ""} or len(set(names)) < len(names):
        found = ", ".join(first) or "nothing"
        raise UsageError(f"{path}: expected the columns {', '.join(COLUMNS)} in the first line, not {found}")
    return names


def _student(path: Path, number: int, names: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    if len(values) > len(names):
        raise UsageError(f"{path}: line {number}: expected {len(names)} values, not {len(values)}")
    given = {name: unicodedata.normalize("NFC", value.strip()) for name, value in zip(names, values, strict=False)}
    if not _ID.fullmatch(given.get("id", "")):
        raise UsageError(
            f"{path}: line {number}: expected an id of letters, digits and . _ - @ (at most 64), not "
            f"{given.get('id', '')!r}: it is the name of an account and of folders"
        )
    return {name: given.get(name, "") for name in COLUMNS}
