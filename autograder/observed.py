"""What only running the reference shows of a check: whether it can judge anybody, and whether it could be guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicelab.schedules import dictated

from .errors import CourseError
from .findings import Finding
from .proof import Plan, make_plan
from .sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .course import Lab
    from .transcript import Expectation

SCHEDULES = 12


def findings(lab: Lab) -> Iterator[Finding]:
    """Yield what the reference run shows to be wrong with a lab's checks.

    The reference runs twice with the same unseen inputs and other schedules, and once with other inputs.
    """
    name, source = lab.course.relative(lab.source), lab.notebook()
    with Sandbox(unsafe=True) as sandbox:  # it is the author's own code
        try:
            plan, other, redrawn = (
                make_plan(lab.folder, source, sandbox, secret=secret, picks=dictated(SCHEDULES, seed=seed))
                for secret, seed in (("lint", 1), ("lint", 2), ("lint again", 1))
            )
        except CourseError as error:
            yield Finding(name, "notebook", "reference", str(error), "mend the solution or the check")
            return
    cells = {check.grade_id: check.cell_id for check in lab.checks}
    for grade_id in plan.cells:
        for rule, message, mend in _problems(grade_id, plan, other, redrawn):
            yield Finding(name, cells[grade_id], rule, message, mend)


def _problems(grade_id: str, plan: Plan, other: Plan, redrawn: Plan) -> Iterator[tuple[str, str, str]]:
    """Yield rule, message and what mends it, for one check."""
    first, second, third = (one.expectations[grade_id] for one in (plan, other, redrawn))
    if _expected(first) != _expected(second):
        what = "the expected values depend on the schedule"
        yield "schedule-dependent", what, "let the right side follow from the unseen inputs alone"
    if _expected(first) == _expected(third):
        what = "every expected value is the same whatever the inputs are: it can be guessed"
        yield "guessable", what, 'draw what is expected: unseen("name")'


def _expected(expectation: Expectation) -> dict[tuple[int, int], list[tuple[int, str]]]:
    """The expected values, by verify and schedule, in order."""
    return {
        key: [(number, repr(values[1])) for number, values in episode.saw]
        for key, episode in expectation.reference.episodes.items()
    }
