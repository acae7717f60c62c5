"""Make the students' notebooks in `labs/` from the sources in `solutions/`, with nbgrader's own machinery.

Theory of operation.

1. nbgrader's GenerateAssignment runs in a temporary folder that holds nothing but the source notebook and a gradebook
   to be thrown away. Other files beside the source never come along (nbgrader #1237).
2. Two preprocessors of ours go with nbgrader's: the stub that names the exercise, and the removal of volatile metadata.
3. What comes out is written the one canonical way, after it was searched for solutions. The same source gives the same
   bytes, so `--check` compares bytes.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import shutil
import sqlite3
import sys
import sysconfig
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader import preprocessors as stock
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors.base import NbGraderPreprocessor
from traitlets import default

from . import leaks, notebooks
from .course import COURSE_FILE, Course, find_course
from .errors import CourseError, ReleaseError
from .findings import Finding, from_error
from .stubs import stubbed

LEFT_BY_EDITORS = {".hypothesis", ".ipynb_checkpoints", "__pycache__", ".virtual_documents"}


class ClearSolutions(stock.ClearSolutions):  # type: ignore[misc]  # nbgrader has no types
    """nbgrader's preprocessor, with a stub that names the exercise and what is to be written."""

    @default("text_stub")  # type: ignore[untyped-decorator,unused-ignore]
    def _text_stub_default(self) -> str:
        return "*Your answer here.*"

    def _replace_solution_region(self, cell: NotebookNode, language: str) -> bool:
        if cell.cell_type != "code":
            return bool(super()._replace_solution_region(cell, language))
        before = cell.source
        cell.source = stubbed(cell.source, notebooks.servicelab(cell).get("exercise", ""))
        return bool(cell.source != before)


class Tidy(NbGraderPreprocessor):  # type: ignore[misc]
    """Take away widget state, times and what else editors leave in metadata."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Tidy the notebook in place."""
        return notebooks.tidy(nb), resources


def release_preprocessors() -> list[type]:
    """Return nbgrader's preprocessors of a release, ours in their places."""
    theirs: list[type] = GenerateAssignment.preprocessors.default()
    return [Tidy, *(ClearSolutions if step is stock.ClearSolutions else step for step in theirs)]


def generate(course: Course, folder: str) -> str:
    """Return the text of a lab's student notebook.

    Raises:
        CourseError: if the source notebook cannot be read, or a region in it has no end.
        ReleaseError: if nbgrader refuses it.
    """
    source = course.source(folder)
    name = course.relative(source)
    notebook = notebooks.read(source, name)
    _refuse_unfinished(notebook, name)
    with tempfile.TemporaryDirectory(prefix="autograder-release-") as temporary:
        root = Path(temporary).resolve()
        (root / "source" / folder).mkdir(parents=True)
        shutil.copyfile(source, root / "source" / folder / source.name)
        _run_nbgrader(root, folder, name)
        made: NotebookNode = notebooks.read(root / "release" / folder / source.name, name)
    return notebooks.dumps(made)


def _refuse_unfinished(notebook: NotebookNode, name: str) -> None:
    """Refuse a source that nbgrader would blank in a way that nobody meant."""
    for cell in notebook.cells:
        try:
            found = notebooks.regions(cell.source, notebooks.SOLUTION)
            notebooks.regions(cell.source, notebooks.HIDDEN_TESTS)
            notebooks.regions(cell.source, notebooks.MARK_SCHEME)
        except CourseError as error:
            raise CourseError(f"{name}: cell {cell.id}: {error}") from None
        if cell.cell_type == "code" and notebooks.is_solution(cell) and not found:
            raise CourseError(f"{name}: cell {cell.id}: expected ### BEGIN SOLUTION and ### END SOLUTION in it")
        if found and not notebooks.is_solution(cell):
            raise CourseError(f"{name}: cell {cell.id}: has a solution region, but is no nbgrader solution cell")


def _run_nbgrader(root: Path, folder: str, name: str) -> None:
    """Run GenerateAssignment in a course of its own."""
    log, said = _listening_log()
    gradebook = root / "gradebook.db"
    coursedir = CourseDirectory(root=str(root), assignment_id=folder, db_url=f"sqlite:///{gradebook}", log=log)
    converter = GenerateAssignment(coursedir=coursedir, log=log)
    converter.preprocessors = release_preprocessors()
    _throw_away_gradebook(gradebook)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            converter.start()
        except (NbGraderException, SystemExit) as error:
            reason = next((line for line in reversed(said) if "Error" in line), str(error))
            raise ReleaseError(f"{name}: nbgrader refuses it: {reason}") from None


def _throw_away_gradebook(path: Path) -> None:
    """Make a gradebook that has a version already; else nbgrader asks the program alembic for one, for seconds."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")


@contextlib.contextmanager
def scripts_on_path() -> Iterator[None]:
    """Let nbgrader find `alembic`, which it starts by name, also when the environment is not activated.

    Raises:
        ReleaseError: if it is not installed.
    """
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), str(Path(sys.executable).parent), before])
    try:
        if shutil.which("alembic") is None:
            raise ReleaseError("nbgrader needs the program alembic: install the package alembic")
        yield
    finally:
        os.environ["PATH"] = before


def _listening_log() -> tuple[logging.Logger, list[str]]:
    """Return a logger that prints nothing, and the list in which its errors end, line by line."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.extend(record.getMessage().strip().splitlines())

    log = logging.Logger("autograder.release")
    log.addHandler(Listener(logging.ERROR))
    return log, said


def strangers(course: Course, folder: str) -> Iterator[Finding]:
    """Yield the files beside a lab's notebook, source or released, that `course.toml` does not list."""
    listed = set(course.files.get(folder, ()))
    for notebook in (course.source(folder), course.released(folder)):
        for path in sorted(notebook.parent.rglob("*")) if notebook.parent.is_dir() else ():
            inside = path.relative_to(notebook.parent)
            if path == notebook or path.is_dir() or LEFT_BY_EDITORS & set(inside.parts) or inside.as_posix() in listed:
                continue
            paired = path.stem == notebook.stem and path.suffix in {".py", ".md", ".Rmd", ".qmd"}
            what = "is paired with the notebook (jupytext) and holds solutions" if paired else "does not belong here"
            file = course.relative(path)
            mend = f"rm '{file}'" if paired else f"rm '{file}', or list it in {COURSE_FILE.as_posix()} under [files]"
            yield Finding(file, "file", "stranger", what, mend)


def stray_folders(course: Course) -> Iterator[Finding]:
    """Yield the lab folders in `labs/` that `course.toml` does not list."""
    for path in sorted(course.labs_folder.glob("[0-9][0-9]-*")):
        if path.name not in course.folders:
            yield Finding(course.relative(path), "file", "stranger", "no such lab", f"rm -r '{course.relative(path)}'")


def widget_states(course: Course, folder: str) -> Iterator[Finding]:
    """Yield the widget state that was saved into a lab's notebooks."""
    for path, command in ((course.source(folder), "outputs"), (course.released(folder), "release")):
        if not path.is_file():
            continue
        with contextlib.suppress(ValueError, KeyError, AttributeError):
            notebook = notebooks.loads(path.read_text(encoding="utf-8"))
            for place in notebooks.widget_state(notebook):
                mend = f"autograder {command} {folder}"
                yield Finding(course.relative(path), place, "widget-state", "widget state is saved in it", mend)


def check(course: Course, folders: Iterable[str]) -> list[Finding]:
    """Return what is stale or leaking in `labs/`."""
    folders = tuple(folders)
    secrets = leaks.collect(_sources(course))
    found = list(stray_folders(course))
    for folder in folders:
        found += strangers(course, folder)
        found += widget_states(course, folder)
        found += _stale(course, folder, secrets)
    found += leaks.leaks_in_folder(course, secrets, skip=[course.released(folder) for folder in folders])
    return found


def _stale(course: Course, folder: str, secrets: leaks.Secrets) -> Iterator[Finding]:
    """Yield whether a lab differs from what its source gives, and whether it leaks."""
    path = course.released(folder)
    file, mend = course.relative(path), f"autograder release {folder}"
    try:
        wanted = generate(course, folder)
    except (CourseError, ReleaseError) as error:
        yield from_error(course.relative(course.source(folder)), "release", error)
        return
    present = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
    if present is None:
        yield Finding(file, "notebook", "stale", "is not there", mend)
    elif present != wanted:
        yield Finding(file, "notebook", "stale", "is not what its source gives", mend)
    if present is not None:
        yield from leaks.leaks_in_notebook(present, secrets, file, mend)
    for name in course.files.get(folder, ()):
        source, copy = course.source(folder).parent / name, path.parent / name
        if not copy.is_file() or not source.is_file() or copy.read_bytes() != source.read_bytes():
            yield Finding(course.relative(copy), "file", "stale", "is not what its source gives", mend)


def release(course: Course, folders: Iterable[str]) -> Iterator[tuple[Path, bool]]:
    """Write the student's notebook of each lab; yield its path and whether it changed.

    Raises:
        CourseError: if a source notebook is not what it must be.
        ReleaseError: if there are other files beside it, or what would be released leaks.
    """
    secrets = leaks.collect(_sources(course))
    for folder in folders:
        for stranger in strangers(course, folder):
            raise ReleaseError(str(stranger))
        path, text = course.released(folder), generate(course, folder)
        file = course.relative(course.source(folder))
        for leak in leaks.leaks_in_notebook(text, secrets, file, "take the lines out"):
            raise ReleaseError(str(leak))
        changed = not path.is_file() or path.read_text(encoding="utf-8") != text
        if changed:
            notebooks.write(path, text)
        for name in course.files.get(folder, ()):
            shutil.copyfile(course.source(folder).parent / name, path.parent / name)
        yield path, changed


def _sources(course: Course) -> list[NotebookNode]:
    """Return all source notebooks of the course that can be read; what cannot is said elsewhere."""
    found = []
    for folder in course.folders:
        with contextlib.suppress(CourseError):
            notebook = notebooks.read(course.source(folder), course.relative(course.source(folder)))
            _refuse_unfinished(notebook, folder)
            found.append(notebook)
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("labs", nargs="*", metavar="LAB", help="number, slug or folder; all labs without")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when labs/ is stale or leaking")


def main(args: argparse.Namespace) -> int:
    """Release labs, or check them."""
    course = find_course(args.course)
    folders = course.chosen(args.labs)
    if args.check:
        found = check(course, folders)
        for finding in found:
            print(finding, file=sys.stderr)
        return 1 if found else 0
    for path, changed in release(course, folders):
        print(f"{course.relative(path)}: {'released' if changed else 'unchanged'}")
    return 0
