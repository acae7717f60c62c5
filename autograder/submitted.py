"""Notebooks as students hand them in: any editor's format, any version since 3, any kind of damage."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from nbformat import from_dict
from nbgrader.utils import compute_checksum

from .strict import Malformed, TooLarge, loads, read_file

MAX_NOTEBOOK_BYTES = 32 << 20
MAX_CELLS = 2_000
MAX_SOURCE = 2_000_000
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_STUB = re.compile(r"^\s*raise NotImplementedError\(", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """What counts of a submitted cell.

    Attributes:
        kind: "code", "markdown" or "raw".
        source: its text.
        id: its cell id, if it has one.
        grade_id: nbgrader's, if it has one.
        marks: nbgrader's metadata.
        attachments: pictures in a markdown cell.
    """

    kind: str
    source: str
    id: str | None = None
    grade_id: str | None = None
    marks: dict[str, Any] = field(default_factory=dict)
    attachments: dict[str, Any] = field(default_factory=dict)

    @property
    def marked_changed(self) -> bool:
        """Whether the text is known to differ from what was released."""
        return self._same_as_released() is False

    @property
    def edited(self) -> bool:
        """Whether a student worked on it, as far as can be told."""
        same = self._same_as_released()
        return not _STUB.search(self.source) if same is None else not same

    def _same_as_released(self) -> bool | None:
        """Compare with the checksum that nbgrader stored at release; None if there is none."""
        stored = self.marks.get("checksum")
        if not isinstance(stored, str):
            return None
        try:
            fields = {"cell_type": self.kind, "source": self.source, "metadata": {"nbgrader": self.marks}}
            cell = from_dict(fields)
            return bool(compute_checksum(cell) == stored)
        except Exception:  # marks can hold anything
            return None


def read_document(fd: int, name: str) -> dict[str, Any]:
    """Read a notebook file.

    Args:
        fd: of its folder.
        name: of the file.

    Raises:
        Malformed: if it is no notebook.
    """
    data = read_file(fd, name, MAX_NOTEBOOK_BYTES)
    if not data.strip():
        raise Malformed("the file is empty")
    document = loads(data)
    if not isinstance(document, dict):
        raise Malformed("it is JSON, but no notebook")
    return document


def cells_of(document: dict[str, Any]) -> list[Cell]:
    """The cells of a notebook of format 3 or 4.

    Raises:
        Malformed: if it has none, or far too many.
    """
    version = document.get("nbformat")
    if version not in (3, 4):
        raise Malformed(f"it is a notebook of format {str(version)[:20]}; formats 3 and 4 can be read")
    raw = _worksheet_cells(document) if version == 3 else document.get("cells")
    if not isinstance(raw, list):
        raise Malformed("it is a notebook without cells")
    if len(raw) > MAX_CELLS:
        raise TooLarge(f"it has {len(raw):,} cells; at most {MAX_CELLS:,} are allowed")
    cells = [_cell(one) for one in raw if isinstance(one, dict)]
    if sum(len(cell.source) for cell in cells) > MAX_SOURCE:
        raise TooLarge(f"its cells hold more than {MAX_SOURCE:,} characters")
    return cells


def usable_id(text: str | None) -> bool:
    """Whether nbformat takes it as the id of a cell."""
    return text is not None and _ID.fullmatch(text) is not None


def _worksheet_cells(document: dict[str, Any]) -> list[Any]:
    sheets = document.get("worksheets")
    found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)] if isinstance(sheets, list) else []
    return [cell for cells in found if isinstance(cells, list) for cell in cells]


def _cell(raw: dict[str, Any]) -> Cell:
    kind = raw.get("cell_type")
    text = _text(raw.get("source", raw.get("input", "")))
    if kind == "heading":  # format 3
        level = raw.get("level")
        kind, text = "markdown", "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1) + " " + text
    metadata = raw.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    marks = marks if isinstance(marks, dict) else {}
    grade_id = marks.get("grade_id")
    own_id = raw.get("id")
    attachments = raw.get("attachments")
    return Cell(
        kind=kind if isinstance(kind, str) and kind in ("code", "markdown") else "raw",
        source=text,
        id=own_id if isinstance(own_id, str) else None,
        grade_id=grade_id if isinstance(grade_id, str) else None,
        marks=marks,
        attachments=_pictures(attachments) if isinstance(attachments, dict) else {},
    )


def _text(source: Any) -> str:
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str)).replace("\r\n", "\n").replace("\r", "\n")


def _pictures(attachments: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {kind: data for kind, data in bundle.items() if kind.startswith("image/") and isinstance(data, str)}
        for name, bundle in attachments.items()
        if isinstance(bundle, dict)
    }
