"""A small class, graded end to end: what grading looks like before you have students.

Fourteen students and the first lab: right, right in another way, wrong, half done, blank, crashing, hanging, hostile,
noisy, corrupt, missing, renamed. Everything is made in one folder, which is yours to look at and to delete.
"""

from __future__ import annotations

import copy
import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from . import notebooks
from .corpus import read_cases, with_case
from .course import find_course
from .engine import default_jobs
from .execute import Grader
from .grade import grade
from .misconceptions import shown
from .release import generate
from .report import write as write_report
from .results import read_class
from .workspace import Workspace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from nbformat import NotebookNode

    from .course import Course, Lab
    from .misconceptions import Shown
    from .workspace import Row

FIRST = "edsger"  # whose feedback page has the most to say
TOLD = 5  # misconceptions
CRASHES = "import os\n\nos._exit(0)"
HANGS = "while True:\n    pass"
FORGES = """\
import trio

trio.run = lambda *args, **kwargs: None


class Anything(list):
    def __eq__(self, other):
        return True


async def gather(*async_fns):
    return Anything()
"""
PEEKS = """\
import pathlib

print([str(path) for path in pathlib.Path("/").rglob("*.ipynb")])
print(pathlib.Path("../../../gradebook.db").exists())
"""
LOGS = """\
import logging
import sys

for number in range(500):
    logging.warning("still working on it, %d", number)
print("to stderr", file=sys.stderr)
"""


CLASS = {
    "ada": "the reference",
    "alan": "the lab as it was released",
    "barbara": "right, in other ways",
    "donald": "two exercises, right",
    "edsger": "a misconception in each exercise",
    "eve": "code that looks for the work of others",
    "grace": "one misconception",
    "john": "right, under another file name",
    "ken": "a process that ends itself",
    "leslie": "half a file",
    "mallory": "answers that equal everything",
    "margaret": "an empty folder",
    "niklaus": "right, and 500 warnings",
    "tony": "an endless loop",
}


def submissions(course: Course, lab: Lab) -> Iterator[tuple[str, str, NotebookNode]]:
    """Yield student, file name and notebook; the corrupt and the missing one are `write_class`'s business."""
    blank = nbformat.reads(generate(course, lab.folder), as_version=4)
    solved = lab.notebook()
    cases = read_cases(course.root / "tests" / "submissions", lab)
    name = f"{lab.folder}.ipynb"

    def mixed(right: bool, exercises: int | None = None) -> NotebookNode:
        """The reference, with the first right or wrong case of each of the first exercises."""
        made = solved
        for exercise in lab.exercises[:exercises]:
            case = next((case for case in cases if case.exercise == exercise.id and case.right == right), None)
            made = with_case(made, lab, case) if case else made
        return made

    yield "ada", name, handed_in(blank, solved)
    yield "barbara", name, handed_in(blank, mixed(right=True))
    yield "edsger", name, handed_in(blank, mixed(right=False))
    yield "grace", name, handed_in(blank, mixed(right=False, exercises=1))
    yield "donald", name, handed_in(blank, solved, exercises={exercise.id for exercise in lab.exercises[:2]})
    yield "alan", name, blank
    yield "ken", name, handed_in(blank, solved, first=CRASHES)
    yield "tony", name, handed_in(blank, solved, first=HANGS)
    yield "mallory", name, handed_in(blank, blank, first=FORGES)
    yield "eve", name, handed_in(blank, blank, first=PEEKS)
    yield "niklaus", name, handed_in(blank, solved, before=LOGS)
    yield "john", "my solution (final).ipynb", handed_in(blank, solved)


def handed_in(
    blank: NotebookNode,
    answers: NotebookNode,
    *,
    exercises: set[str] | None = None,
    first: str | None = None,
    before: str | None = None,
) -> NotebookNode:
    """A student's notebook: the blank one with the answers of another in its solution cells.

    Args:
        blank: the released notebook.
        answers: where the solutions come from, by cell id.
        exercises: whose solutions to take; all by default.
        first: code in place of the first solution.
        before: code in front of the first solution.
    """
    made = copy.deepcopy(blank)
    given = {cell.id: cell for cell in answers.cells}
    cells = [cell for cell in made.cells if cell.cell_type == "code" and notebooks.is_solution(cell)]
    for cell in cells:
        if exercises is None or notebooks.servicelab(cell).get("exercise") in exercises:
            cell.source = notebooks.unmarked(given[cell.id].source, notebooks.SOLUTION)
    if first is not None:
        cells[0].source = first
    if before is not None:
        cells[0].source = f"{before}\n{cells[0].source}"
    return made


def write_class(workspace: Workspace, lab: Lab) -> None:
    """Write the submissions of the class, as `nbgrader collect` would have left them."""
    shutil.rmtree(workspace.root, ignore_errors=True)
    for student, name, notebook in submissions(workspace.course, lab):
        folder = workspace.submitted(student, lab.folder)
        folder.mkdir(parents=True)
        (folder / name).write_text(json.dumps(notebook), encoding="utf-8")
    for student, content in (("leslie", '{"cells": [{"cell_type"'), ("margaret", None)):
        folder = workspace.submitted(student, lab.folder)
        folder.mkdir(parents=True)
        if content is not None:
            (folder / f"{lab.folder}.ipynb").write_text(content, encoding="utf-8")


def table(rows: Sequence[Row], lab: Lab, wall_s: float) -> Table:
    """Who handed in what, and what it got."""
    made = Table(title=f"{lab.folder}: {len(rows)} students in {wall_s:.1f} s")
    for name in ("student", "handed in", "score", "status", "why"):
        made.add_column(name, justify="right" if name == "score" else "left")
    for row in sorted(rows, key=lambda row: row.student):
        score = f"{row.score:g} / {row.max_score:g}"
        why = "; ".join(filter(None, [row.reason, *row.flags]))
        made.add_row(row.student, CLASS[row.student], score, row.status, escape(why))
    return made


def understood(workspace: Workspace, lab: Lab) -> list[Shown]:
    """The misconceptions of the class that the corpus knows."""
    cases = read_cases(workspace.course.root / "tests" / "submissions", lab)
    return [one for one in shown(lab, cases, read_class(workspace, lab)) if one.name]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define `autograder demo`."""
    parser.add_argument("--lab", default="00", metavar="LAB", help="number, slug or folder (default: 00)")
    parser.add_argument(
        "--root", type=Path, metavar="DIR", help="where to make the class (default: demo/ in the course)"
    )
    parser.add_argument("--jobs", type=int, default=default_jobs(), metavar="N", help="notebooks at the same time")
    parser.add_argument("--unsafe", action="store_true", help="run without a jail where none can be built")


def main(args: argparse.Namespace) -> int:
    """Run `autograder demo`: make the class, grade it, show the table, the misconceptions, and where the pages are."""
    course = find_course(getattr(args, "course", None))
    lab = course.lab(args.lab)
    workspace = Workspace((args.root or course.root / "demo").resolve(), course)
    console = Console()
    write_class(workspace, lab)
    grader = Grader(unsafe=args.unsafe)
    console.print(f"isolation: {grader.sandbox.level}")
    started = time.perf_counter()
    try:
        with Progress(console=Console(stderr=True)) as progress:
            rows = list(grade(workspace, lab, grader, jobs=args.jobs, progress=progress))
    finally:
        grader.close()
    console.print(table(rows, lab, time.perf_counter() - started))
    written = max(row.max_score for row in rows) - lab.points
    console.print(f"{written:g} of the points are for a written answer, which a person grades")
    console.print("what the class misunderstood, the most frequent first:")
    for one in understood(workspace, lab)[:TOLD]:
        console.print(f"  {one.count}  {one.about} ({one.exercise})", highlight=False, markup=False, soft_wrap=True)
    page = workspace.feedback(FIRST, lab.folder)
    console.print("open in a browser:")
    console.print(f"  class report       {next(write_report(workspace, lab))}", highlight=False, soft_wrap=True)
    console.print(f"  {FIRST}'s feedback  {page}", highlight=False, soft_wrap=True)
    return 0
