"""Store the outputs of the source notebooks: one clean run of each, the same bytes every time."""

from __future__ import annotations

import argparse
import sys

from nbformat import NotebookNode

from . import kernels, notebooks
from .course import Course, find_course
from .errors import ExecutionError


def fresh(course: Course, folder: str) -> str:
    """Return the text of a lab's source notebook with the outputs of a run made now.

    Raises:
        CourseError: if the notebook cannot be read.
        ExecutionError: if a cell fails that is not tagged `raises-exception`.
    """
    name = course.relative(course.source(folder))
    notebook = notebooks.read(course.source(folder), name)
    execution = kernels.execute(course, folder, notebook)
    for cell in execution.notebook.cells:
        _refuse_failure(cell, name)
    return notebooks.dumps(kernels.normalise(course, execution.notebook))


def _refuse_failure(cell: NotebookNode, name: str) -> None:
    """Refuse a cell that failed without saying beforehand that it would."""
    if "raises-exception" in cell.metadata.get("tags", ()):
        return
    for failure in kernels.failures(cell):
        raise ExecutionError(f"{name}: cell {cell.id}: {failure}")


def refresh(course: Course, folder: str) -> bool:
    """Run a source notebook and store its outputs; return whether that changed the file."""
    path = course.source(folder)
    text = fresh(course, folder)
    changed = path.read_text(encoding="utf-8") != text
    if changed:
        notebooks.write(path, text)
    return changed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("labs", nargs="*", metavar="LAB", help="number, slug or folder; all labs without")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stored outputs are stale")


def main(args: argparse.Namespace) -> int:
    """Store outputs, or check them; a lab that fails does not keep the others from their turn."""
    course, worst = find_course(args.course), 0
    for folder in course.chosen(args.labs):
        name = course.relative(course.source(folder))
        try:
            if not args.check:
                print(f"{name}: {'stored' if refresh(course, folder) else 'unchanged'}")
            elif fresh(course, folder) != course.source(folder).read_text(encoding="utf-8"):
                print(
                    f"{name}: notebook: outputs: not those of a fresh run; mend: autograder outputs {folder}",
                    file=sys.stderr,
                )
                worst = 1
        except ExecutionError as error:
            print(f"autograder: {error}", file=sys.stderr)
            worst = error.exit_code
    return worst
