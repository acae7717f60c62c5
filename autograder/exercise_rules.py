"""The course lint's static rules about exercises: spec, stub, hints, points and checks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from . import check_rules, notebooks, stubs
from .exercises import HEADING
from .findings import Finding
from .subject import Subject, calls

RUNGS = 3


def exercise_rule(lab: Subject) -> Iterator[Finding]:
    """Each exercise has a spec with a worked example, a stub, a place to try it, three hints and checks."""
    if not lab.exercises:
        yield lab.finding("notebook", "exercise", "has no exercise", "add '## Exercise N.M Title (P points)'")
    for cell in lab.prose:
        for line in re.findall(r"^## Exercise .*$", cell.source, re.MULTILINE):
            if not HEADING.match(line):
                yield lab.finding(cell.id, "exercise", f"heading {line!r}", "write '## Exercise N.M Title (P points)'")
    for exercise, cells in lab.exercises.items():
        for rule, message, mend in _exercise(exercise, cells):
            yield lab.finding(cells[0].id, rule, f"exercise {exercise} {message}", mend)


def _exercise(exercise: str, cells: list[NotebookNode]) -> Iterator[check_rules.Problem]:
    """Yield what one exercise lacks."""
    stubs_at = [index for index, cell in enumerate(cells) if cell.cell_type == "code" and notebooks.is_solution(cell)]
    checks = [cell for cell in cells if notebooks.is_check(cell)]
    if not stubs_at:
        yield "stub", "has no cell for the student to write", "add a solution cell (grade_id N_M-solution)"
    spec = "\n".join(cell.source for cell in cells[: stubs_at[0] if stubs_at else None] if cell.cell_type == "markdown")
    if "|---" not in spec.replace(" ", "").replace(":", "-") and "```" not in spec:
        yield "spec", "has no worked example before its stub", "add a table, or a ``` block"
    for index in stubs_at:
        yield from _stub(exercise, cells[index])
    upto = max((index for index, cell in enumerate(cells) if notebooks.is_check(cell)), default=len(cells))
    between = cells[stubs_at[0] if stubs_at else 0 : upto]
    free = [cell for cell in between if cell.cell_type == "code" and not notebooks.nbgrader(cell) and not _hints(cell)]
    if not free:
        yield "try-it", "has no cell to try it in", "add a free code cell: run(...)"
    yield from _points(cells, checks)
    rungs = [notebooks.servicelab(cell) for cell in cells if _hints(cell) == exercise]
    counts = [len(re.split(r"^---\s*$", c.source, flags=re.MULTILINE)) for c in cells if _hints(c) == exercise]
    if len(rungs) != 1 or counts != [RUNGS]:
        yield (
            "hints",
            f"has {counts or 'no'} hint rungs",
            f"one cell '%%hints {exercise}' with {RUNGS} rungs between ---",
        )


def _stub(exercise: str, cell: NotebookNode) -> Iterator[check_rules.Problem]:
    """Yield what is wrong with a cell that the student writes."""
    about = notebooks.servicelab(cell)
    if about.get("exercise") != exercise:
        yield (
            "stub",
            f"has the stub {cell.id} with servicelab.exercise {about.get('exercise')!r}",
            f"write {exercise!r}",
        )
    if not about.get("covers"):
        yield "covers", f"has the stub {cell.id} without a coverage id", "add servicelab.covers"
    if not notebooks.nbgrader(cell)["grade_id"].startswith(f"{exercise.replace('.', '_')}-solution"):
        yield "stub", f"has the stub {cell.id} with another grade_id", f"write {exercise.replace('.', '_')}-solution"
    for region in notebooks.regions(cell.source, notebooks.SOLUTION):
        if not stubs.enclosing(cell.source, region):
            yield "stub", f"has a solution in {cell.id} outside of a function", "put the marks inside of the function"


def _points(cells: list[NotebookNode], checks: list[NotebookNode]) -> Iterator[check_rules.Problem]:
    """Yield what is wrong with the points of an exercise."""
    heading = HEADING.search(cells[0].source)
    total = sum(float(notebooks.nbgrader(cell).get("points", 0)) for cell in checks)
    if not checks:
        yield "points", "has no check", "add a graded cell for each promise"
    elif heading and float(heading["points"]) != total:
        yield "points", f"says {heading['points']} points, its checks give {total:g}", "make them equal"
    for cell in checks:
        if float(notebooks.nbgrader(cell).get("points", 0)) <= 0:
            yield "points", f"has the check {cell.id} without points", "give it at least 1"


def _hints(cell: NotebookNode) -> str | None:
    """Return the exercise whose hints this cell holds, or None."""
    match = re.match(r"^%%hints\s+(\S+)", cell.source)
    return match[1] if cell.cell_type == "code" and match else None


def check_rule(lab: Subject) -> Iterator[Finding]:
    """Each graded cell has the form that grading relies on, and belongs to an exercise."""
    drawing = frozenset({"unseen", *_drawing(lab)})
    for cell in lab.code:
        if not notebooks.is_check(cell):
            continue
        for rule, message, mend in check_rules.problems(cell, drawing):
            yield lab.finding(cell.id, rule, message, mend)
        exercise = notebooks.nbgrader(cell)["grade_id"].split("-", 1)[0].replace("_", ".", 1)
        if cell not in lab.exercises.get(exercise, ()):
            yield lab.finding(cell.id, "exercise", f"does not stand in exercise {exercise}", "move it, or rename it")


def _drawing(lab: Subject) -> Iterator[str]:
    """Yield the names of functions in given cells that draw unseen inputs."""
    for cell in lab.code:
        if calls(cell, "unseen") and not notebooks.is_check(cell):
            for node in ast.walk(stubs.parse(cell.source)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    yield node.name
