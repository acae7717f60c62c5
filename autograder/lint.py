"""The course lint: everything that is wrong with a lab, one line each, with the way to mend it.

Three kinds of rules: what the source notebook shows (`rules`), whether `labs/` is what it gives (`release --check`),
and what only running it shows: every stub fails each of its checks, every solution passes them, in less than 10 s.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator

from nbformat import NotebookNode

from . import kernels, notebooks, release, rules
from .course import COURSE_FILE, Course, Lab, find_course
from .errors import AutograderError, CourseError, ExecutionError
from .findings import Finding, from_error
from .subject import Subject

SLOWEST_S = 10.0
"""Where the grading path says what it observed of the checks: `findings(lab) -> Iterable[Finding]`."""


def lint(course: Course, folders: Iterable[str], *, run: bool = True) -> list[Finding]:
    """Return all that is wrong with labs.

    Args:
        course: the course.
        folders: the labs.
        run: whether to run the notebooks as well, which takes seconds.
    """
    folders = tuple(folders)
    found = [*course_findings(course), *release.check(course, folders)]
    for folder in folders:
        found += lab_findings(course, folder, run=run)
    return list(dict.fromkeys(found))


def course_findings(course: Course) -> Iterator[Finding]:
    """Yield what is wrong with `course.toml`: every coverage id is covered or planned, and nothing else is planned."""
    covered = {name for folder in course.folders for name in _covers(course, folder)}
    file = COURSE_FILE.as_posix()
    for name in course.coverage:
        if name not in covered and name not in course.planned:
            yield Finding(file, "coverage", "planned", f"{name} is neither covered nor planned", "plan a lab for it")
    for name, lab in course.planned.items():
        if name not in course.coverage:
            yield Finding(file, "planned", "planned", f"{name} is no coverage id", "take it out")
        if lab in course.folders:
            yield Finding(file, "planned", "planned", f"{name} is planned for {lab}, which is there", "cover it there")
    for folder in course.files:
        if folder not in course.folders:
            yield Finding(file, "files", "planned", f"{folder} is no lab", "take it out")


def _covers(course: Course, folder: str) -> tuple[str, ...]:
    """Return the coverage ids of a lab; none if it cannot be read, which is said elsewhere."""
    try:
        notebook = notebooks.read(course.source(folder), course.relative(course.source(folder)))
    except CourseError:
        return ()
    return tuple(notebook.metadata.get("covers", ()))


def lab_findings(course: Course, folder: str, *, run: bool = True) -> Iterator[Finding]:
    """Yield what is wrong with one lab."""
    name = course.relative(course.source(folder))
    try:
        notebook = notebooks.read(course.source(folder), name)
    except CourseError as error:
        yield from_error(name, "notebook", error)
        return
    released = _released(course, folder)
    subject = Subject(course, folder, notebook, released)
    for rule in rules.RULES:
        yield from _guarded(lambda rule=rule: rule(subject), name)  # type: ignore[misc]
    try:
        lab = course.lab(folder)
    except CourseError as error:
        yield from_error(name, "notebook", error)
        return
    if run and released is not None:
        for dynamic in (stub_failures, solution_failures, observed_findings):
            yield from _guarded(lambda dynamic=dynamic: dynamic(lab), name)  # type: ignore[misc]


def _guarded(rule: Callable[[], Iterable[Finding]], name: str) -> Iterator[Finding]:
    """Yield the findings of a rule; a rule that cannot do its work says so, and the others go on."""
    try:
        yield from rule()
    except AutograderError as error:
        yield from_error(name, "run" if isinstance(error, ExecutionError) else "notebook", error)


def _released(course: Course, folder: str) -> NotebookNode | None:
    """Return the student's notebook as it would be made now; None if it cannot be made, which is said elsewhere."""
    try:
        return notebooks.loads(release.generate(course, folder))
    except AutograderError:
        return None


def unsolved(lab: Lab) -> NotebookNode:
    """Return the student's notebook with the hidden checks put back."""
    notebook = notebooks.loads(release.generate(lab.course, lab.folder))
    code = {check.cell_id: check.code for check in lab.checks}
    for cell in notebook.cells:
        cell.source = code.get(cell.id, cell.source)
    return notebook


def stub_failures(lab: Lab) -> Iterator[Finding]:
    """Yield the checks that the stub, with nothing written, passes."""
    execution = kernels.execute(lab.course, lab.folder, unsolved(lab))
    cells = {cell.id: cell for cell in execution.notebook.cells}
    for check in lab.checks:
        if not kernels.failures(cells[check.cell_id]):
            mend = "let it fail for whoever has written nothing"
            yield _finding(lab, check.cell_id, "stub-passes", f"check {check.id} passes on the stub", mend)


def solution_failures(lab: Lab) -> Iterator[Finding]:
    """Yield the cells that fail with the reference solution, and whether the whole takes too long."""
    execution = kernels.execute(lab.course, lab.folder, lab.notebook())
    for cell in execution.notebook.cells:
        if "raises-exception" not in cell.metadata.get("tags", ()):
            for failure in kernels.failures(cell):
                yield _finding(lab, cell.id, "solution-fails", failure, "mend the solution or the cell")
    if execution.seconds >= SLOWEST_S:
        message = f"takes {execution.seconds:.1f} s with the solutions"
        yield _finding(lab, "notebook", "slow", message, f"less than {SLOWEST_S:g} s")


def observed_findings(lab: Lab) -> Iterable[Finding]:
    """Return what the grading path observed of the checks: answers that depend on the schedule, or never change."""
    from .observed import findings

    return findings(lab)


def _finding(lab: Lab, cell: str, rule: str, message: str, mend: str) -> Finding:
    """Return a finding in a lab's source notebook."""
    return Finding(lab.course.relative(lab.source), cell, rule, message, mend)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("labs", nargs="*", metavar="LAB", help="number, slug or folder; all labs without")
    parser.add_argument("--static", action="store_true", help="do not run the notebooks")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def main(args: argparse.Namespace) -> int:
    """Lint labs; exit 1 when there is anything to mend."""
    course = find_course(args.course)
    folders = course.chosen(args.labs)
    found = lint(course, folders, run=not args.static)
    if args.json:
        print(json.dumps({"labs": list(folders), "findings": [finding.as_dict() for finding in found]}, indent=1))
        return 1 if found else 0
    for finding in found:
        print(finding, file=sys.stderr)
    if not found:
        print(f"{', '.join(folders)}: nothing to mend")
    return 1 if found else 0
