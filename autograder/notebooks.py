"""Notebooks as files: read strictly, written always the same way; and the marks that authors put into cells."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4.rwbase import rejoin_lines

from .errors import CourseError

SOLUTION = "SOLUTION"
HIDDEN_TESTS = "HIDDEN TESTS"
MARK_SCHEME = "MARK SCHEME"

KEPT_METADATA = ("covers", "kernelspec", "servicelab")
KEPT_CELL_METADATA = ("deletable", "editable", "jupyter", "nbgrader", "servicelab", "tags")
NBGRADER_KEYS = frozenset({"grade", "grade_id", "locked", "schema_version", "solution"})


@dataclass(frozen=True)
class Region:
    """The lines between `### BEGIN <mark>` and `### END <mark>`; `first` is the index of the BEGIN line."""

    first: int
    last: int
    lines: tuple[str, ...]


def relative(path: Path, root: Path) -> str:
    """Return the path as messages show it: relative to the course, with forward slashes."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def read(path: Path, name: str | None = None) -> NotebookNode:
    """Read a notebook and refuse whatever nbgrader or a later save would change behind the author's back.

    Args:
        path: the notebook.
        name: what to call it in messages.

    Raises:
        CourseError: if the file is missing, is no notebook of format 4.5, or a cell has no id of its own or broken
            nbgrader metadata; names the file and the cell.
    """
    name = name or path.name
    document = _document(path, name)
    for problem in problems(document):
        raise CourseError(f"{name}: {problem}")
    notebook: NotebookNode = rejoin_lines(nbformat.from_dict(document))
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise CourseError(f"{name}: expected a valid notebook: {str(error).splitlines()[0]}") from None
    return notebook


def problems(document: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a notebook's format, ids and nbgrader metadata, each as `cell: what`."""
    version = (document.get("nbformat"), document.get("nbformat_minor"))
    if version[0] != 4 or not isinstance(version[1], int) or version[1] < 5:
        yield f"notebook: expected format 4.5 or later, which has cell ids, not {version[0]}.{version[1]}"
        return
    seen: dict[str, int] = {}
    grade_ids: dict[str, str] = {}
    for index, cell in enumerate(document.get("cells", ())):
        cell_id = cell.get("id")
        if not cell_id:
            yield f"cell {index}: expected an id"
            continue
        if cell_id in seen:
            yield f"cell {cell_id}: expected a unique id, but cell {seen[cell_id]} has it as well"
        seen.setdefault(cell_id, index)
        yield from _nbgrader_problems(cell, cell_id, grade_ids)


def _nbgrader_problems(cell: dict[str, Any], cell_id: str, grade_ids: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with the nbgrader metadata of one cell."""
    marks = cell.get("metadata", {}).get("nbgrader")
    if marks is None:
        return
    missing = sorted(NBGRADER_KEYS - marks.keys())
    if missing:
        yield f"cell {cell_id}: nbgrader metadata lacks {', '.join(missing)}"
        return
    if marks["schema_version"] != 3:
        yield f"cell {cell_id}: expected nbgrader schema_version 3, not {marks['schema_version']!r}"
    grade_id = marks["grade_id"]
    if grade_id in grade_ids:
        yield f"cell {cell_id}: grade_id {grade_id} is also that of cell {grade_ids[grade_id]}"
    grade_ids.setdefault(grade_id, cell_id)
    if marks["grade"] and not isinstance(marks.get("points"), int | float):
        yield f"cell {cell_id}: a graded cell has points, this one has {marks.get('points')!r}"


def dumps(notebook: NotebookNode) -> str:
    """Return the notebook's one canonical text: sorted keys, indent 1, one trailing newline."""
    text: str = nbformat.writes(notebook, version=nbformat.NO_CONVERT)
    return text.rstrip("\n") + "\n"


def loads(text: str) -> NotebookNode:
    """Return the notebook of a text, unchecked."""
    notebook: NotebookNode = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    return notebook


def write(path: Path, text: str) -> None:
    """Replace a file in one step, so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def nbgrader(cell: NotebookNode) -> dict[str, Any]:
    """Return the cell's nbgrader metadata, empty if there is none."""
    return dict(cell.metadata.get("nbgrader", {}))


def servicelab(cell: NotebookNode) -> dict[str, Any]:
    """Return the cell's servicelab metadata, empty if there is none."""
    return dict(cell.metadata.get("servicelab", {}))


def is_check(cell: NotebookNode) -> bool:
    """Tell whether this is a graded code cell whose verdict is automatic."""
    marks = nbgrader(cell)
    return cell.cell_type == "code" and bool(marks.get("grade")) and not marks.get("solution")


def is_solution(cell: NotebookNode) -> bool:
    """Tell whether the student writes this cell."""
    return bool(nbgrader(cell).get("solution"))


def is_manual(cell: NotebookNode) -> bool:
    """Tell whether a person grades this cell."""
    marks = nbgrader(cell)
    return bool(marks.get("task")) or bool(marks.get("grade") and marks.get("solution"))


def regions(source: str, mark: str) -> list[Region]:
    """Return the marked regions of a cell, in order.

    Raises:
        CourseError: if a region has no end, or an end no beginning.
    """
    found: list[Region] = []
    begin: int | None = None
    lines = source.split("\n")
    for index, line in enumerate(lines):
        if f"BEGIN {mark}" in line:
            if begin is not None:
                raise CourseError(f"BEGIN {mark} in line {index + 1}, but line {begin + 1} already began one")
            begin = index
        elif f"END {mark}" in line:
            if begin is None:
                raise CourseError(f"END {mark} in line {index + 1} without BEGIN {mark}")
            found.append(Region(begin, index, tuple(lines[begin + 1 : index])))
            begin = None
    if begin is not None:
        raise CourseError(f"BEGIN {mark} in line {begin + 1} without END {mark}")
    return found


def unmarked(source: str, mark: str) -> str:
    """Return the source without the BEGIN and END lines; what they enclose stays."""
    return "\n".join(line for line in source.split("\n") if f"BEGIN {mark}" not in line and f"END {mark}" not in line)


def widget_state(notebook: NotebookNode) -> list[str]:
    """Return where widget state or a live widget's model is stored: `notebook` or cell ids."""
    places = ["notebook"] if "widgets" in notebook.metadata else []
    for cell in notebook.cells:
        data = [output.get("data", {}) for output in cell.get("outputs", ())]
        if any(key.startswith("application/vnd.jupyter.widget") for bundle in data for key in bundle):
            places.append(cell.id)
    return places


def tidy(notebook: NotebookNode) -> NotebookNode:
    """Take away, in place, all metadata that editors leave behind: widget state, times, pairing, language details."""
    for key in [key for key in notebook.metadata if key not in KEPT_METADATA]:
        del notebook.metadata[key]
    notebook.metadata["language_info"] = NotebookNode(name="python")
    for cell in notebook.cells:
        for key in [key for key in cell.metadata if key not in KEPT_CELL_METADATA]:
            del cell.metadata[key]
    return notebook


def _document(path: Path, name: str) -> dict[str, Any]:
    """Return the notebook's JSON object."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{name}: no such notebook") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CourseError(f"{name}: expected JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise CourseError(f"{name}: expected a notebook, an object with cells")
    return document
