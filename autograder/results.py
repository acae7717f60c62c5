"""What a graded class shows: read back from nbgrader's own files, whoever graded it.

Scores come from the gradebook. What each check said comes from the graded notebook, whose graded cells hold outputs of
ours only (`execute`); the code comes from its solution cells. `verdict.json` adds the status and the flags of a
submission that `autograder grade` wrote; formgrader's button and `nbgrader autograde` leave none.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbformat import from_dict
from nbformat.v4.rwbase import rejoin_lines
from nbgrader.api import Gradebook, MissingEntry

from . import notebooks
from .pages import STATUS_OF
from .runner import CellTimeout
from .transcript import FAILED, NOT_JUDGED, PASSED
from .workspace import GRADED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from nbformat import NotebookNode

    from .course import Lab
    from .workspace import Workspace

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_HAPPENED = re.compile(r"\.?\n  Happened +")
_LATE = "was still running when its time was used up"
MISSING = "missing"


@dataclass(frozen=True)
class CheckResult:
    """What one check said of one submission.

    Attributes:
        status: "passed", "failed", "not attempted" or "not judged".
        points: points that the gradebook holds for it, a person's if a person changed them.
        text: what the student reads; empty if it passed.
    """

    status: str
    points: float
    text: str = ""


@dataclass(frozen=True)
class Result:
    """One student's lab.

    Attributes:
        student: the student's id.
        score: points after the late penalty.
        max_score: points that there are.
        penalty: points taken away for being late.
        status: "graded", "missing", or what grading said: "time-out", "corrupt" ...
        reason: the status in a sentence; empty if there is nothing to say.
        flags: what a person should look at.
        waits: whether a person still has to grade something.
        checks: by check id; empty if there is no graded notebook.
        code: the solution cells of each exercise, by exercise.
        stopped: cells that ran out of time, each in a sentence.
    """

    student: str
    score: float
    max_score: float
    penalty: float = 0.0
    status: str = GRADED
    reason: str = ""
    flags: tuple[str, ...] = ()
    waits: bool = False
    checks: Mapping[str, CheckResult] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    stopped: tuple[str, ...] = ()

    def failing(self, exercise: str) -> dict[str, str]:
        """What the student reads of each check of an exercise that was judged and failed, by check id."""
        tried = {name: check for name, check in self.checks.items() if name.split("-", 1)[0] == exercise}
        return {name: check.text for name, check in tried.items() if check.status == FAILED}

    def points(self, exercise: str) -> float:
        """Points for the checks of an exercise."""
        return sum(check.points for name, check in self.checks.items() if name.split("-", 1)[0] == exercise)

    @property
    def evidence(self) -> tuple[str, ...]:
        """The flags, and what the checks that could not be judged say: signs that a person should look."""
        texts = (check.text for check in self.checks.values() if check.status == NOT_JUDGED)
        unjudged = (" ".join(_HAPPENED.sub(": ", text).split()) for text in texts)
        return (*self.flags, *dict.fromkeys(unjudged))

    @property
    def out_of_time(self) -> tuple[str, ...]:
        """The cells and checks that ran out of time, each in a sentence."""
        late = (name for name, check in self.checks.items() if _LATE in " ".join(check.text.split()))
        return (*self.stopped, *(f"check {name} {_LATE}" for name in late))


def read_class(workspace: Workspace, lab: Lab) -> list[Result]:
    """What a graded class shows of a lab: everybody in the gradebook or with a submission, by id."""
    with Gradebook(workspace.db_url, workspace.course.course_id) as gradebook:
        known = {student.id for student in gradebook.students}
        students = sorted(known | workspace.handed_in(lab.folder))
        return [_read(workspace, lab, gradebook, student) for student in students]


def _read(workspace: Workspace, lab: Lab, gradebook: Gradebook, student: str) -> Result:
    try:
        submission = gradebook.find_submission(lab.folder, student)
    except MissingEntry:
        return Result(student, 0.0, _most(gradebook, lab), status=MISSING, reason="nothing was graded")
    row = workspace.remembered(student, lab.folder)
    penalty = float(submission.late_submission_penalty or 0.0)
    points = {grade.name: float(grade.score or 0.0) for book in submission.notebooks for grade in book.grades}
    graded = _notebook(workspace.autograded(student, lab.folder) / f"{lab.folder}.ipynb")
    return Result(
        student,
        max(0.0, float(submission.score) - penalty),
        float(submission.max_score),
        penalty,
        row.status if row else GRADED,
        row.reason if row else "",
        row.flags if row else (),
        bool(submission.needs_manual_grade),
        _checks(graded, lab, points),
        _code(graded, lab),
        tuple(_stopped(graded)),
    )


def _most(gradebook: Gradebook, lab: Lab) -> float:
    """The points that there are, with what a person grades."""
    try:
        return float(gradebook.find_assignment(lab.folder).max_score)
    except MissingEntry:
        return lab.points


def _notebook(path: Path) -> list[NotebookNode]:
    """The code cells of a graded notebook; nothing if there is none."""
    try:
        # ours, so it need not be validated, which costs ten times as much as reading it
        notebook = rejoin_lines(from_dict(json.loads(path.read_text(encoding="utf-8"))))
        return [cell for cell in notebook.cells if cell.cell_type == "code"]
    except (OSError, ValueError):
        return []


def _by_grade_id(cells: Iterable[NotebookNode]) -> dict[str, NotebookNode]:
    return {marks["grade_id"]: cell for cell in cells if (marks := notebooks.nbgrader(cell))}


def _checks(graded: Iterable[NotebookNode], lab: Lab, points: Mapping[str, float]) -> dict[str, CheckResult]:
    cells = _by_grade_id(graded)
    there = [check for check in lab.checks if check.grade_id in cells]
    return {check.id: _check(cells[check.grade_id], points.get(check.grade_id, 0.0)) for check in there}


def _code(graded: Iterable[NotebookNode], lab: Lab) -> dict[str, str]:
    """The student's solution cells, by exercise."""
    cells = {cell.id: cell.source for cell in graded}
    return {
        exercise.id: "\n\n".join(cells[own] for own in exercise.solutions if own in cells) for exercise in lab.exercises
    }


def _stopped(graded: Iterable[NotebookNode]) -> Iterator[str]:
    for cell in graded:
        for output in cell.outputs:
            if output.output_type == "error" and output.ename == CellTimeout.__name__:
                yield f"cell {cell.id}: {output.evalue}"


def _check(cell: NotebookNode, points: float) -> CheckResult:
    """What the output of a graded cell says; a cell without one was not judged."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors:
        text = _ANSI.sub("", "\n".join(errors[0].traceback))
        return CheckResult(STATUS_OF.get(errors[0].ename, NOT_JUDGED), points, text)
    passed = any(output.get("text") == "Passed.\n" for output in cell.outputs)
    return CheckResult(PASSED, points) if passed else CheckResult(NOT_JUDGED, points, "it has no verdict")
