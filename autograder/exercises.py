"""Exercises and checks, read strictly from the cells of a source notebook."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from nbformat import NotebookNode

from . import notebooks
from .errors import CourseError

HEADING = re.compile(r"^## Exercise (?P<id>\d+\.\d+) (?P<title>.+) \((?P<points>\d+) points?\)\s*$", re.MULTILINE)
CHECK = re.compile(r"^# Check (?P<id>\d+\.\d+-[a-z0-9]+(?:-[a-z0-9]+)*): (?P<title>\S.*?)\s*$")


@dataclass(frozen=True)
class Check:
    """One graded cell: one promise."""

    id: str
    grade_id: str
    cell_id: str
    title: str
    points: float
    hidden: bool
    source: str = field(repr=False)

    @property
    def exercise(self) -> str:
        """The id of the exercise, `0.2` for `0.2-first-wins`."""
        return self.id.split("-", 1)[0]

    @property
    def code(self) -> str:
        """The source without the lines that mark it as hidden."""
        return notebooks.unmarked(self.source, notebooks.HIDDEN_TESTS)


@dataclass(frozen=True)
class Exercise:
    """One exercise: what the student writes, and the checks of it."""

    id: str
    title: str
    points: float
    covers: tuple[str, ...]
    solutions: tuple[str, ...]
    """Ids of the cells that the student writes, in order."""
    checks: tuple[Check, ...]


def read_exercises(notebook: NotebookNode, name: str) -> tuple[Exercise, ...]:
    """Return the exercises of a notebook: headings, the cells to write, the checks.

    Args:
        notebook: the source.
        name: what to call it in messages.

    Raises:
        CourseError: if a cell belongs to no exercise, or a check does not name itself as it must.
    """
    titles = {match["id"]: (match["title"], float(match["points"])) for match in headings(notebook)}
    solutions: dict[str, list[NotebookNode]] = {exercise: [] for exercise in titles}
    checks: dict[str, list[Check]] = {exercise: [] for exercise in titles}
    for cell in notebook.cells:
        if cell.cell_type != "code" or not (notebooks.is_check(cell) or notebooks.is_solution(cell)):
            continue
        check = read_check(cell, name) if notebooks.is_check(cell) else None
        exercise = check.exercise if check else notebooks.servicelab(cell).get("exercise")
        if exercise not in titles:
            raise CourseError(f"{name}: cell {cell.id}: no heading '## Exercise {exercise} Title (P points)' for it")
        if check:
            checks[exercise].append(check)
        else:
            solutions[exercise].append(cell)
    return tuple(
        Exercise(
            id=exercise,
            title=title,
            points=points,
            covers=_covers(solutions[exercise]),
            solutions=tuple(cell.id for cell in solutions[exercise]),
            checks=tuple(checks[exercise]),
        )
        for exercise, (title, points) in titles.items()
    )


def _covers(cells: Iterable[NotebookNode]) -> tuple[str, ...]:
    """Return the coverage ids of an exercise's cells, each once."""
    return tuple(dict.fromkeys(i for cell in cells for i in notebooks.servicelab(cell).get("covers", ())))


def headings(notebook: NotebookNode) -> list[re.Match[str]]:
    """Return the headings of the exercises, `## Exercise N.M Title (P points)`, in order."""
    return [match for cell in notebook.cells if cell.cell_type == "markdown" for match in HEADING.finditer(cell.source)]


def read_check(cell: NotebookNode, name: str) -> Check:
    """Read one graded cell.

    Raises:
        CourseError: if its first line does not name it, or names another than its grade_id.
    """
    marks = notebooks.nbgrader(cell)
    first = cell.source.split("\n", 1)[0]
    match = CHECK.match(first)
    if match is None:
        raise CourseError(f"{name}: cell {cell.id}: expected the first line '# Check N.M-slug: title', not {first!r}")
    if marks["grade_id"] != match["id"].replace(".", "_", 1):
        wanted = match["id"].replace(".", "_", 1)
        raise CourseError(f"{name}: cell {cell.id}: expected grade_id {wanted!r}, not {marks['grade_id']!r}")
    return Check(
        id=match["id"],
        grade_id=marks["grade_id"],
        cell_id=cell.id,
        title=match["title"],
        points=float(marks["points"]),
        hidden=f"BEGIN {notebooks.HIDDEN_TESTS}" in cell.source,
        source=cell.source,
    )
