"""Hints and attempts that students chose to share: `shared.json` beside the notebook that they handed in.

`servicelab progress --share FOLDER` writes it; who does not run that shares nothing. The file is a student's: it is
read as such, and what is not a small number for a hint or check of this lab is passed over.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from servicelab.sharing import SHARED, VERSION

from .exercise_rules import RUNGS
from .intake import small_file
from .strict import Malformed, loads

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from .course import Lab
    from .workspace import Workspace

MOST = 10_000


@dataclass(frozen=True)
class Habit:
    """How those who shared got through one exercise.

    Attributes:
        exercise: "0.2".
        opened: how many opened a hint.
        opened_all: how many opened the last one.
        attempts: the median over students and checks of the attempts until it passed; None if nobody passed.
    """

    exercise: str
    opened: int
    opened_all: int
    attempts: float | None


@dataclass(frozen=True)
class Shared:
    """What was shared: by whom, and what it shows."""

    students: tuple[str, ...]
    rows: tuple[Habit, ...]


def read_shared(workspace: Workspace, lab: Lab) -> Shared:
    """What the students of a class shared about a lab."""
    known = {student: _read(workspace, lab, student) for student in sorted(workspace.handed_in(lab.folder))}
    told = {student: record for student, record in known.items() if record is not None}
    return Shared(tuple(told), tuple(_habit(exercise.id, list(told.values())) for exercise in lab.exercises))


def _habit(exercise: str, told: Sequence[tuple[dict[str, int], dict[str, int]]]) -> Habit:
    opened = [hints.get(exercise, 0) for hints, _ in told]
    attempts = [n for _, tries in told for check, n in tries.items() if check.split("-", 1)[0] == exercise]
    median = statistics.median(attempts) if attempts else None
    return Habit(exercise, sum(map(bool, opened)), sum(number >= RUNGS for number in opened), median)


def _read(workspace: Workspace, lab: Lab, student: str) -> tuple[dict[str, int], dict[str, int]] | None:
    """Hints by exercise and attempts by check; None if the student shared nothing, or something else."""
    try:
        told = loads(small_file(workspace.submitted(student, lab.folder), SHARED))
    except Malformed:
        return None
    if not isinstance(told, dict) or told.get("version") != VERSION or told.get("lab") != lab.folder:
        return None
    exercises, checks = {exercise.id for exercise in lab.exercises}, {check.id for check in lab.checks}
    return _numbers(told.get("hints"), exercises), _numbers(told.get("attempts"), checks)


def _numbers(table: Any, names: Collection[str]) -> dict[str, int]:
    pairs = table.items() if isinstance(table, dict) else ()
    return {name: number for name, number in pairs if name in names and type(number) is int and 0 <= number <= MOST}
