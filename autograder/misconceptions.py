"""Which misconceptions a class shows, by the corpus of wrong submissions.

A wrong case of the corpus tells which checks fail and what the student then reads. A submission shows a misconception
if the same checks of the exercise failed with that message. Where several cases give the same message, the one whose
code is most like the student's counts, and the others are named beside it. So everybody counts once in each exercise.
What fails with a message that no case gives is told as well: the corpus lacks it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .corpus import Case
from .likeness import bare, likeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .course import Lab
    from .exercises import Exercise
    from .results import Result

CLOSE, SAME = 0.6, 0.9
_CRASH = re.compile(r"`(?: \(inside [^)]*\))? was raised")


@dataclass(frozen=True)
class Shown:
    """A misconception, and who shows it.

    Attributes:
        exercise: "0.2".
        name: of the case in the corpus, "wrong_error_wins"; empty if the corpus has none.
        about: the misconception in words; for an unknown one what the first failing check promises.
        others: misconceptions that give the same message, in words.
        students: who shows it.
        message: what one of them reads.
        code: what the same one wrote, without comments and docstrings.
    """

    exercise: str
    name: str
    about: str
    others: tuple[str, ...]
    students: tuple[str, ...]
    message: str
    code: str

    @property
    def count(self) -> int:
        """How many students show it."""
        return len(self.students)


def shown(lab: Lab, cases: Iterable[Case], results: Sequence[Result]) -> list[Shown]:
    """The misconceptions of a graded class, the most frequent first.

    Args:
        lab: the lab.
        cases: the corpus of the lab.
        results: the class.
    """
    wrong = [case for case in cases if not case.right]
    found = [
        one
        for exercise in lab.exercises
        for one in _of_exercise(exercise, [case for case in wrong if case.exercise == exercise.id], results)
    ]
    return sorted(found, key=lambda one: (-one.count, one.exercise, one.name, one.about))


def _of_exercise(exercise: Exercise, cases: Sequence[Case], results: Sequence[Result]) -> list[Shown]:
    known: dict[str, list[Result]] = defaultdict(list)
    unknown: dict[str, list[Result]] = defaultdict(list)
    same: dict[str, set[str]] = defaultdict(set)
    for result in results:
        failing = result.failing(exercise.id)
        fitting = _fitting(cases, failing, result.code.get(exercise.id, "")) if failing else []
        if fitting:
            nearest = max(fitting)[1]
            known[nearest].append(result)
            same[nearest] |= {name for _, name in fitting}
        elif failing:
            unknown[next(iter(failing))].append(result)
    named = {case.name: case for case in cases}
    titles = {check.id: check.title for check in exercise.checks}
    return [
        *(
            _shown(named[name], {named[other].about for other in same[name]}, students)
            for name, students in known.items()
        ),
        *(
            _shown(Case("", exercise.id, "", "", (check,), "", titles[check]), (), students)
            for check, students in unknown.items()
        ),
    ]


def _fitting(cases: Iterable[Case], failing: Mapping[str, str], code: str) -> list[tuple[float, str]]:
    """The cases that fail the same checks with the same message, with how alike their code is.

    A crash keeps none of a check's promises, so its message fits every case: there the code must be alike as well. And
    which of a check's promises is broken first depends on the unseen inputs: for nearly the same code the message need
    not be the same.
    """
    crashed = any(_CRASH.search(" ".join(text.split())) for text in failing.values())
    found = [(likeness(code, case.source), case) for case in cases if failing.keys() >= set(case.fails)]
    return [
        (alike, case.name)
        for alike, case in found
        if alike >= SAME or (case.names(failing) and (alike >= CLOSE or not crashed))
    ]


def _shown(case: Case, same: Iterable[str], results: Sequence[Result]) -> Shown:
    """One misconception, with the shortest answer as its example."""
    example = min(results, key=lambda result: (len(result.code.get(case.exercise, "")), result.student))
    failing = example.failing(case.exercise)
    message = next((failing[check] for check in case.fails if check in failing), next(iter(failing.values())))
    others = tuple(sorted(set(same) - {case.about}))
    code = _without(bare(example.code.get(case.exercise, "")), example.student)
    students = tuple(result.student for result in results)
    return Shown(case.exercise, case.name, case.about, others, students, message, code)


def _without(code: str, student: str) -> str:
    """Code whose strings do not name the student."""
    return re.sub(rf"(?<=['\"])[^'\"\n]*\b{re.escape(student)}\b[^'\"\n]*(?=['\"])", "…", code)
