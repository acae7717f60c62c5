"""Grade a class again after a check was mended: first show who changes and why, then write exactly that.

Theory of operation
===================
1. The preview is a real grading run in a copy: `.regrade/LAB/` holds a copy of the gradebook, and `submitted/` and
   `nbgrader_config.py` by name. So nbgrader itself says what manual grades, extra credit and late penalties make of the
   new verdicts. Nothing outside that folder changes. What each notebook showed is kept there as well.
2. Writing takes what was kept, and runs no notebook: the same verdicts go into the real gradebook by the same writer,
   a submission at a time. A manual grade given in between stays, as it does in every run of nbgrader's.
3. A preview that was killed goes on where it was, with the same unseen inputs. Writing that was killed is started
   again: what is written already is written, the rest follows. The folder is removed when all is written.
4. What was handed in since the preview is not written: it has not been shown.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pickle
import secrets
import shutil
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from . import notebooks
from .course import find_course
from .engine import default_jobs
from .errors import GraderError, UsageError
from .execute import Grader
from .grade import grade, progress_bar
from .jail import LEVELS
from .results import read_class
from .sandbox import level_message
from .workspace import VERDICT, Workspace
from .writer import Job, Writer

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from rich.progress import Progress

    from .course import Lab
    from .results import Result

READY, SECRET = "ready", "secret"


@dataclass(frozen=True)
class Change:
    """What a regrade changes for one student.

    Attributes:
        student: the student's id.
        before: points that the gradebook holds, after the late penalty.
        after: points that it will hold.
        checks: why, a line for each check whose verdict changes.
    """

    student: str
    before: float
    after: float
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """The regrade of one lab, in a folder of its own."""

    workspace: Workspace
    lab: Lab

    @property
    def copy(self) -> Workspace:
        """The copy that is graded for the preview."""
        return Workspace(self.folder, self.workspace.course)

    @property
    def folder(self) -> Path:
        """Where the preview is until it is written."""
        return self.workspace.root / ".regrade" / self.lab.folder

    @property
    def secret(self) -> str:
        """Where the unseen inputs come from, in the preview and so in what is written."""
        return (self.folder / SECRET).read_text(encoding="utf-8")

    def begin(self) -> None:
        """Lay out the copy, or go on with one of the same source that was not finished.

        Raises:
            UsageError: if nothing was graded yet.
        """
        if not self.workspace.has_graded(self.lab.folder):
            raise UsageError(f"nothing of {self.lab.folder} was graded yet: autograder grade {self.lab.number} first")
        if not (self.folder / self._source()).is_file() or (self.folder / READY).exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            notebooks.write(self.folder / SECRET, secrets.token_hex(16))
            for name in ("submitted", "nbgrader_config.py"):
                (self.folder / name).symlink_to(self.workspace.root.resolve() / name)
            _copy_database(self.workspace.root / "gradebook.db", self.folder / "gradebook.db")
            notebooks.write(self.folder / self._source(), "")

    def run(self, grader: Grader, *, jobs: int, progress: Progress | None = None) -> None:
        """Grade everybody in the copy and keep what notebooks showed; who cannot be graded keeps the old grade."""
        for _ in grade(self.copy, self.lab, grader, jobs=jobs, progress=progress, keep=self._keep):
            pass
        notebooks.write(self.folder / READY, "")

    def require(self) -> None:
        """Refuse to write what was not shown.

        Raises:
            UsageError: if there is no finished preview of the lab as it is now.
        """
        if not (self.folder / self._source()).is_file() or not (self.folder / READY).exists():
            name = self.lab.folder
            raise UsageError(f"there is no preview of {name} as it is now: autograder regrade {self.lab.number} first")

    def write(self, grader: Grader) -> list[str]:
        """Write what was previewed; return who could not be written, in a sentence each.

        Raises:
            UsageError: if there is no finished preview of the lab as it is now.
        """
        self.require()
        kept = sorted((self.folder / "kept").glob("*.pickle"))
        left = []
        with self.workspace.locked(), Writer(self.workspace, self.lab, grader) as writer:
            for path in kept:
                job = pickle.loads(path.read_bytes())  # ours: `_keep` wrote it, into a folder of the instructor's
                if self.workspace.fingerprint(job.student, self.lab) != job.fingerprint:
                    left.append(f"{job.student}: handed in anew since the preview: autograder grade {self.lab.number}")
                elif self._verdict(self.workspace, job.student) != self._verdict(self.copy, job.student):
                    left += self._written(writer, job)
        (self.folder / READY).unlink()
        shutil.rmtree(self.folder)
        with contextlib.suppress(OSError):  # another lab's preview may wait there
            self.folder.parent.rmdir()
        return left

    def _written(self, writer: Writer, job: Job) -> list[str]:
        """Write a submission; say so if nbgrader refuses it, and let the others go on."""
        try:
            writer.write(job)
        except GraderError as error:
            return [f"{job.student}: not graded: {error}"]
        return []

    def changes(self) -> list[Change]:
        """What writing it will change."""
        return compare(read_class(self.workspace, self.lab), read_class(self.copy, self.lab))

    def _keep(self, job: Job) -> None:
        (self.folder / "kept").mkdir(exist_ok=True)
        path = self.folder / "kept" / f"{job.student}.pickle"
        path.with_suffix(".part").write_bytes(pickle.dumps(job))
        os.replace(path.with_suffix(".part"), path)

    def _source(self) -> str:
        """Name of the file that says which source the preview is of."""
        return hashlib.sha256(self.lab.source.read_bytes()).hexdigest()

    def _verdict(self, workspace: Workspace, student: str) -> bytes:
        with contextlib.suppress(OSError):
            return (workspace.autograded(student, self.lab.folder) / VERDICT).read_bytes()
        return b""


def compare(before: Sequence[Result], after: Sequence[Result]) -> list[Change]:
    """Who changes, and why: by the points of the gradebook and by what each check says."""
    known = {result.student: result for result in before}
    found = []
    for new in after:
        old = known.get(new.student)
        why = tuple(_why(old, new)) if old else ("not graded before",)
        if old is None or old.score != new.score or why:
            found.append(Change(new.student, old.score if old else 0.0, new.score, why))
    return found


def _why(old: Result, new: Result) -> Iterator[str]:
    for name, check in new.checks.items():
        was = old.checks.get(name)
        if was is None:
            yield f"{name}: a new check: {check.status}"
        elif (was.status, was.points) != (check.status, check.points):
            text = " ".join((check.text or was.text).split())
            now = f"{name}: {was.status} ({was.points:g}) is now {check.status} ({check.points:g})"
            yield f"{now}: {text}" if text else now
    for name in old.checks.keys() - new.checks.keys():
        yield f"{name}: is no check any more"
    if old.penalty != new.penalty:
        yield f"late penalty: {old.penalty:g} is now {new.penalty:g}"


def _copy_database(source: Path, target: Path) -> None:
    """Copy a gradebook that somebody may be writing to."""
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)


# --- the command ---
def table(changes: Sequence[Change], lab: Lab) -> Table:
    """Who changes and why."""
    made = Table(title=f"{lab.folder}: {len(changes)} student{'s change' if len(changes) != 1 else ' changes'}")
    for name in ("student", "before", "after", "why"):
        made.add_column(name, justify="right" if name in ("before", "after") else "left")
    for change in changes:
        made.add_row(change.student, f"{change.before:g}", f"{change.after:g}", "\n".join(change.checks))
    return made


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define `autograder regrade`."""
    parser.add_argument("lab", metavar="LAB", help="number, slug or folder of the lab")
    parser.add_argument("--write", action="store_true", help="write what the preview has shown")
    parser.add_argument("--jobs", type=int, default=default_jobs(), metavar="N", help="notebooks at the same time")
    parser.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="folder with gradebook.db (default: here)"
    )
    parser.add_argument("--unsafe", action="store_true", help="run without a jail where none can be built")
    parser.add_argument("--level", choices=LEVELS, help="exactly this isolation (default: the strongest that holds)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def main(args: argparse.Namespace) -> int:
    """Run `autograder regrade`: show who changes, or write what was shown."""
    course = find_course(getattr(args, "course", None))
    lab = course.lab(args.lab)
    preview = Preview(Workspace(args.root.resolve(), course), lab)
    console = Console(stderr=True, quiet=args.json)
    if args.write:
        preview.require()
    else:
        preview.begin()
    with contextlib.ExitStack() as stack:
        grader = Grader(unsafe=args.unsafe, secret=preview.secret, level=args.level)
        stack.callback(grader.close)
        if args.write:
            left = preview.write(grader)
            print("\n".join(left), file=sys.stderr, end="\n" if left else "")
            return 1 if left else 0
        console.print(level_message(grader.sandbox.level))
        preview.run(grader, jobs=args.jobs, progress=stack.enter_context(progress_bar(console)))
    changes = preview.changes()
    if args.json:
        told = {one.student: {"before": one.before, "after": one.after, "why": one.checks} for one in changes}
        print(json.dumps({"students": told}))
    else:
        Console().print(table(changes, lab) if changes else f"{lab.folder}: nobody changes")
        console.print(f"nothing is written yet; to write it: autograder regrade {lab.number} --write")
    return 0
