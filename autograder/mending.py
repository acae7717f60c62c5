"""The notebook to grade, built from a student's cells and the source's locked ones.

Theory of operation
===================
1. The result is built anew from a few fields of the submission: type, source and id of each cell. Metadata, outputs and
   everything else come from the source notebook, or not at all; so another editor's format, an older schema or a forged
   mark cannot matter.
2. A student's cell is matched by its grade id, else by its cell id. Locked cells, graded or given, always have the
   source's text; one that is missing is put back. Solution cells have the student's text.
3. Of doubled solution cells the first that was edited is the answer. Further edited ones stay where they are as plain
   cells (an editor that splits a cell doubles its marks, and both halves are needed); untouched ones are dropped.
4. Cells that the student added stay behind the cell that they follow. Cells that were moved go back to the order of the
   source.
Everything that was mended is told. The solution in the source notebook is never copied into a submission.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbformat import NotebookNode, from_dict

from .submitted import Cell, usable_id

if TYPE_CHECKING:
    from collections.abc import Iterator


def grade_id_of(cell: NotebookNode) -> str | None:
    """The grade id of a cell of the source notebook, if nbgrader knows the cell."""
    marks = cell.metadata.get("nbgrader")
    return str(marks["grade_id"]) if marks and "grade_id" in marks else None


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.metadata["nbgrader"].get("solution"))


@dataclass
class _Block:
    """A cell of the source with the student's cells that follow it."""

    place: float
    cells: list[NotebookNode]


def mend(cells: list[Cell], source: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Build the notebook to grade.

    Args:
        cells: the student's.
        source: the notebook that locked cells come from.

    Returns:
        The notebook, and what was mended.
    """
    return _Mender(source).mend(cells)


class _Mender:
    """Puts a student's cells and the source's locked cells together."""

    def __init__(self, source: NotebookNode) -> None:
        self.source = source
        self.marked = {grade_id: place for place, cell in enumerate(source.cells) if (grade_id := grade_id_of(cell))}
        self.by_id = {cell.get("id"): place for place, cell in enumerate(source.cells) if cell.get("id")}
        self.repairs: list[str] = []
        self.used: set[object] = set(self.by_id)

    def mend(self, cells: list[Cell]) -> tuple[NotebookNode, list[str]]:
        """The notebook and the repairs."""
        places = self._matched(cells)
        kept = self._kept(cells, places)
        blocks = self._blocks(cells, places, kept)
        order = [block.place for block in blocks if block.place >= 0]
        if order != sorted(order):
            self.repairs.append("cells that had been moved were put back in the order of the assignment")
        blocks += [_Block(place, [cell]) for place, cell in self._missing(kept)]
        blocks.sort(key=lambda block: block.place)
        mended = [cell for block in blocks for cell in block.cells]
        about = copy.deepcopy(self.source.metadata)
        return _node({"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": mended}), self.repairs

    def _matched(self, cells: list[Cell]) -> list[int | None]:
        """For each of the student's cells its place in the source, if it has one."""
        taken = {cell.grade_id for cell in cells}
        return [self._place(cell, taken) for cell in cells]

    def _place(self, cell: Cell, taken: set[str | None]) -> int | None:
        if cell.grade_id in self.marked:
            return self.marked[cell.grade_id]
        place = self.by_id.get(cell.id)
        if place is None:
            return None
        grade_id = grade_id_of(self.source.cells[place])
        if grade_id is None:
            return place
        if grade_id in taken:
            return None  # the marked one is there as well
        self.repairs.append(f"{grade_id}: the cell had lost its marks and was recognised by its id")
        return place

    def _kept(self, cells: list[Cell], places: list[int | None]) -> dict[int, int]:
        """For each place of a marked cell the student's cell that fills it."""
        kept: dict[int, int] = {}
        for grade_id, place in self.marked.items():
            candidates = [number for number, its in enumerate(places) if its == place]
            if not candidates:
                continue
            edited = [number for number in candidates if cells[number].edited]
            answers = edited if edited and _is_answer(self.source.cells[place]) else candidates
            kept[place] = answers[0]
            if len(candidates) > 1:
                self.repairs.append(
                    f"{grade_id}: the cell was there {len(candidates)} times; the first {_which(edited)}counts"
                )
        return kept

    def _blocks(self, cells: list[Cell], places: list[int | None], kept: dict[int, int]) -> list[_Block]:
        blocks = [_Block(-0.5, [])]
        for number, (cell, place) in enumerate(zip(cells, places, strict=True)):
            if place is None or grade_id_of(self.source.cells[place]) is None:
                blocks[-1].cells.append(self._free(cell, place))
            elif kept[place] == number:
                blocks.append(_Block(place, [self._filled(cell, place)]))
            elif cell.edited and _is_answer(self.source.cells[place]):
                blocks[-1].cells.append(self._free(cell, None))
        return blocks

    def _filled(self, cell: Cell, place: int) -> NotebookNode:
        """A marked cell: the student's text in a solution, else the source's."""
        original = self.source.cells[place]
        grade_id = grade_id_of(original)
        if not _is_answer(original):
            if cell.marked_changed:
                self.repairs.append(f"{grade_id}: the cell is locked and had been changed; the original counts")
            return self._like(original, original.source)
        if cell.kind != original.cell_type:
            self.repairs.append(f"{grade_id}: the {cell.kind} cell was made a {original.cell_type} cell again")
        return self._like(original, cell.source)

    def _like(self, original: NotebookNode, text: str) -> NotebookNode:
        own_id = original.get("id") or self._own_id(Cell(original.cell_type, text), None)
        return _made(original.cell_type, text, own_id, original.metadata)

    def _free(self, cell: Cell, place: int | None) -> NotebookNode:
        """A cell of the student's own, or an unmarked one of the source that the student may have changed."""
        original = self.source.cells[place] if place is not None else None
        same = original is not None and original.cell_type == cell.kind
        made = _made(
            cell.kind, cell.source, self._own_id(cell, original), original.metadata if same and original else {}
        )
        if cell.attachments and cell.kind == "markdown":
            made.attachments = _node(cell.attachments)
        return made

    def _own_id(self, cell: Cell, original: NotebookNode | None) -> str:
        if original is not None and original.get("id") and ("free", original.id) not in self.used:
            self.used.add(("free", original.id))
            return str(original.id)
        number = 0
        wanted = cell.id if usable_id(cell.id) else None
        while wanted is None or wanted in self.used:
            number += 1
            wanted = f"extra-{number}"
        self.used.add(wanted)
        return wanted

    def _missing(self, kept: dict[int, int]) -> Iterator[tuple[float, NotebookNode]]:
        """Marked cells that the student deleted, with where they belong."""
        first = min(kept, default=0)
        for grade_id, place in self.marked.items():
            if place in kept:
                continue
            original = self.source.cells[place]
            text = _absent(grade_id, original) if _is_answer(original) else original.source
            self.repairs.append(
                f"{grade_id}: the cell was missing and was {'left empty' if _is_answer(original) else 'put back'}"
            )
            yield (place if place > first else place - len(self.source.cells) - 1), self._like(original, text)


def _made(kind: str, text: str, own_id: str, metadata: dict[str, Any]) -> NotebookNode:
    """A cell as nbformat makes it, without its validation, which costs more than everything else here."""
    fields = {"cell_type": kind, "id": own_id, "metadata": copy.deepcopy(metadata), "source": text}
    return _node(fields | ({"outputs": [], "execution_count": None} if kind == "code" else {}))


def _node(fields: dict[str, Any]) -> NotebookNode:
    made: NotebookNode = from_dict(fields)
    return made


def _which(edited: list[int]) -> str:
    return "one that was edited " if edited else ""


def _absent(grade_id: str, original: NotebookNode) -> str:
    """What stands where a solution was deleted; never the source's text, which may be the solution."""
    return f'raise NotImplementedError("the cell {grade_id} is missing")' if original.cell_type == "code" else ""
