"""Grade a lab: what was collected in `submitted/` goes into nbgrader's gradebook, whatever it is.

Theory of operation
===================
1. Every submission is looked at first (`intake`): what can be repaired is, what cannot gets a row with its status. One
   student's broken notebook never stops the others.
2. The notebooks run side by side in jails (`proof`), a thread waiting for each; one writer, this thread, hands what
   came out to nbgrader's own autograding (`execute`), in a folder of its own.
3. A student's result is moved to `autograded/` only when the gradebook has it, with `verdict.json` beside the notebook.
   That file is the only memory: started again after a kill, the command grades what has none, or another submission.
4. Feedback is nbgrader's, made in the same pass.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from . import intake, notebooks
from .course import find_course
from .errors import GraderError, UsageError
from .execute import Grader, configure, scores, use_grader
from .release import generate, release_preprocessors, scripts_on_path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from nbformat import NotebookNode

    from .course import Course, Lab
    from .proof import Evaluation

GRADED = "graded"
VERDICT = "verdict.json"
_DIED = {"died": "died", "timeout": "time-out", "output flood": "output flood", "protocol": "died"}


@dataclass(frozen=True)
class Row:
    """What the table shows of one student.

    Attributes:
        student: the student's id.
        score: points earned.
        max_score: points that there are.
        status: "graded", or why the submission could not be graded as it was: "missing", "corrupt", "time-out" ...
        reason: the status in a sentence; empty if there is nothing to say.
        flags: what a person should look at; never a change of grade.
        wall_s: real seconds that the student's code ran.
        fingerprint: of the submission and the lab; the same means that there is nothing to grade.
    """

    student: str
    score: float
    max_score: float
    status: str
    reason: str = ""
    flags: tuple[str, ...] = ()
    wall_s: float = 0.0
    fingerprint: str = ""


@dataclass(frozen=True)
class Workspace:
    """The folder with `submitted/`, the gradebook and what grading makes: nbgrader's course directory."""

    root: Path
    course: Course
    config: Config = field(init=False)

    def __post_init__(self) -> None:
        config = Config()
        configure(config)
        config.CourseDirectory.root = str(self.root)
        config.CourseDirectory.course_id = self.course.course_id
        config.CourseDirectory.source_directory = str(self.course.solutions)
        config.CourseDirectory.db_url = self.db_url
        object.__setattr__(self, "config", config)

    @property
    def db_url(self) -> str:
        """Address of the gradebook."""
        return f"sqlite:///{self.root / 'gradebook.db'}"

    def submitted(self, student: str, lab: str) -> Path:
        """Where a student's submission is."""
        return self.root / "submitted" / student / lab

    def autograded(self, student: str, lab: str) -> Path:
        """Where a student's graded notebook is."""
        return self.root / "autograded" / student / lab

    def feedback(self, student: str, lab: str) -> Path:
        """A student's feedback page."""
        return self.root / "feedback" / student / lab / f"{lab}.html"

    @property
    def staging(self) -> Path:
        """Where a submission is while it is being graded; thrown away afterwards."""
        return self.root / ".grading"

    def coursedir(self, **options: str) -> CourseDirectory:
        """Nbgrader's course directory, with options of one step."""
        return CourseDirectory(config=self.config, **options)


# --- the steps of one submission ---
@dataclass(frozen=True)
class Job:
    """One submission on its way: what was found, and what running it showed."""

    student: str
    found: intake.Intake
    notebook: NotebookNode
    evaluation: Evaluation | None
    fingerprint: str


def grade(
    workspace: Workspace,
    lab: Lab,
    grader: Grader,
    *,
    students: Sequence[str] = (),
    jobs: int = 1,
    force: bool = False,
    progress: Progress | None = None,
) -> Iterator[Row]:
    """Grade the submissions of a lab, and yield a row for each student as it is written.

    Args:
        workspace: where submissions are and results go.
        lab: the lab.
        grader: the sandbox and what is known of the lab.
        students: whom to grade; everybody with a submission or in the gradebook by default.
        jobs: how many notebooks run at the same time.
        force: whether to grade again what has not changed.
        progress: a progress bar to move.

    Raises:
        GraderError: if the gradebook cannot be used.
    """
    _register(workspace, lab)
    grader.plan(lab.source.resolve())  # the reference runs before anybody else
    blank = generate(lab.course, lab.folder)  # here, since nbgrader changes the current folder of the process
    everybody = list(students) or _everybody(workspace, lab.folder)
    task = progress.add_task(lab.folder, total=len(everybody)) if progress else None
    with ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(_examine, workspace, lab, grader, blank, student, force) for student in everybody]
        try:
            for finished in as_completed(running):
                job = finished.result()
                yield job if isinstance(job, Row) else _write(workspace, lab, grader, job)
                if progress and task is not None:
                    progress.advance(task)
        finally:
            pool.shutdown(cancel_futures=True)
            shutil.rmtree(workspace.staging, ignore_errors=True)


def _examine(workspace: Workspace, lab: Lab, grader: Grader, blank: str, student: str, force: bool) -> Job | Row:
    """Look at a submission and run it; a row if there is nothing new in it."""
    folder = workspace.submitted(student, lab.folder)
    fingerprint = _fingerprint(folder, lab)
    before = _remembered(workspace.autograded(student, lab.folder))
    if before is not None and before.fingerprint == fingerprint and not force:
        return before
    found = intake.examine(folder, name=f"{lab.folder}.ipynb", source=lab.notebook())
    if found.notebook is None:
        return Job(student, found, _stand_in(blank, found.reason), None, fingerprint)
    evaluation = grader.evaluate_ahead(lab.source.resolve(), found.notebook)
    return Job(student, found, found.notebook, evaluation, fingerprint)


def _write(workspace: Workspace, lab: Lab, grader: Grader, job: Job) -> Row:
    """Let nbgrader write rows and notebook, then move the result to its place and make the feedback page."""
    staged = workspace.staging / "submitted" / job.student / lab.folder
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    notebooks.write(staged / f"{lab.folder}.ipynb", notebooks.dumps(job.notebook))
    timestamp = workspace.submitted(job.student, lab.folder) / "timestamp.txt"
    if timestamp.is_file() and not timestamp.is_symlink():
        shutil.copyfile(timestamp, staged / "timestamp.txt")
    use_grader(grader)
    _convert(
        Autograde,
        workspace,
        lab,
        job.student,
        submitted_directory=str(workspace.staging / "submitted"),
        autograded_directory=str(workspace.staging / "autograded"),
    )
    score, max_score = scores(workspace.db_url, workspace.course.course_id, lab.folder, job.student)
    row = _row(job, score, max_score)
    made = workspace.staging / "autograded" / job.student / lab.folder
    (made / VERDICT).write_text(json.dumps({**asdict(row), "secret": grader.secret}, indent=1), encoding="utf-8")
    final = workspace.autograded(job.student, lab.folder)
    final.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(final, ignore_errors=True)
    made.rename(final)
    _convert(GenerateFeedback, workspace, lab, job.student)
    return row


def _row(job: Job, score: float, max_score: float) -> Row:
    """Status and reason: what intake said, else how the student's process ended."""
    status, reason = job.found.status, job.found.reason
    flags = (*job.found.repairs, *(f"not looked at: {name}" for name in job.found.ignored))
    wall_s = 0.0
    if job.evaluation is not None:
        wall_s = job.evaluation.wall_s
        if status == "ok":
            status = _DIED.get(job.evaluation.verdict, GRADED)
            reason = reason if status == GRADED else _ended(job)
    return Row(job.student, score, max_score, status, reason, flags, round(wall_s, 3), job.fingerprint)


def _ended(job: Job) -> str:
    """Say which cells ended the process."""
    assert job.evaluation is not None
    cells = ", ".join(str(index + 1) for index in sorted(job.evaluation.errors)) or "?"
    return f"the notebook's process ended early ({job.evaluation.verdict}); code cells with errors: {cells}"


def _convert(kind: Any, workspace: Workspace, lab: Lab, student: str, **folders: str) -> None:
    """Run one of nbgrader's converters for one student."""
    coursedir = workspace.coursedir(assignment_id=lab.folder, student_id=student, **folders)
    converter = kind(coursedir=coursedir, config=workspace.config)
    converter.force = True
    with _quiet(converter) as said:
        try:
            converter.start()
        except (Exception, SystemExit) as error:
            raise GraderError(
                f"nbgrader could not write {student}'s {lab.folder}: {said[-1] if said else error}"
            ) from error


@contextmanager
def _quiet(converter: Any) -> Iterator[list[str]]:
    """Keep nbgrader's log off the terminal; what it says of errors is in the list."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage().strip())

    log = logging.Logger("autograder.grade")
    log.addHandler(Listener(logging.ERROR))
    converter.log = converter.coursedir.log = log
    with scripts_on_path(), warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader 0.9.6 autoflushes half-made rows under SQLAlchemy 2.1
        yield said


def _register(workspace: Workspace, lab: Lab) -> None:
    """Write the lab's cells into the gradebook, as `nbgrader generate_assignment` does."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    coursedir = workspace.coursedir(assignment_id=lab.folder, release_directory=str(workspace.staging / "release"))
    converter = GenerateAssignment(coursedir=coursedir, config=workspace.config)
    converter.preprocessors = release_preprocessors()
    converter.force = True
    with _quiet(converter) as said:
        try:
            converter.start()
        except (Exception, SystemExit) as error:
            raise GraderError(f"the gradebook does not take {lab.folder}: {said[-1] if said else error}") from error


def _everybody(workspace: Workspace, lab: str) -> list[str]:
    """The students with a submission, and those whom the gradebook knows."""
    found = {path.parent.name for path in workspace.root.glob(f"submitted/*/{lab}")}
    with Gradebook(workspace.db_url, workspace.course.course_id) as gradebook:
        found |= {student.id for student in gradebook.students}
    return sorted(found)


def _fingerprint(folder: Path, lab: Lab) -> str:
    """Tell a submission and the lab's source from every other."""
    digest = hashlib.sha256(lab.source.read_bytes())
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= intake.MAX_FILE_BYTES:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _remembered(folder: Path) -> Row | None:
    """The row of a submission that was graded before."""
    try:
        known = json.loads((folder / VERDICT).read_text(encoding="utf-8"))
        return Row(
            **{name: known[name] for name in Row.__dataclass_fields__ if name != "flags"}, flags=tuple(known["flags"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _stand_in(blank: str, reason: str) -> NotebookNode:
    """The blank lab, with the reason on top, in place of a submission that cannot be read."""
    notebook: NotebookNode = nbformat.reads(blank, as_version=4)
    notebook.cells.insert(
        0, new_markdown_cell(f"**Your submission could not be graded:** {reason}", id="intake-reason")
    )
    return notebook


# --- the command ---
def report(rows: Sequence[Row], workspace: Workspace, lab: Lab, wall_s: float) -> Table:
    """The table of a graded class."""
    table = Table(title=f"{lab.folder}: {len(rows)} students in {wall_s:.1f} s")
    for name in ("student", "score", "status", "seconds", "remarks"):
        table.add_column(name, justify="right" if name in ("score", "seconds") else "left")
    for row in sorted(rows, key=lambda row: row.student):
        remarks = "; ".join(filter(None, [row.reason, *row.flags]))
        table.add_row(row.student, f"{row.score:g} / {row.max_score:g}", row.status, f"{row.wall_s:.2f}", remarks)
    del workspace
    return table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define `autograder grade`."""
    parser.add_argument("lab", metavar="LAB", help="number, slug or folder of the lab")
    parser.add_argument(
        "--student", action="append", default=[], metavar="S", help="only this student; may be repeated"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="notebooks at the same time")
    parser.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="folder with submitted/ (default: here)"
    )
    parser.add_argument("--force", action="store_true", help="grade again what has not changed")
    parser.add_argument("--secret", metavar="HEX", help="repeat a run with its unseen inputs, from its verdict.json")
    parser.add_argument("--unsafe", action="store_true", help="run without a jail where none can be built")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")


def main(args: argparse.Namespace) -> int:
    """Run `autograder grade`: 0 if every submission was graded as it was, else 1."""
    course = find_course(getattr(args, "course", None))
    lab = course.lab(args.lab)
    workspace = Workspace(args.root.resolve(), course)
    if not (workspace.root / "submitted").is_dir():
        raise UsageError(f"no submitted/ in {args.root}: collect first (nbgrader collect), or give --root DIR")
    console = Console(stderr=True, quiet=args.json)
    started = time.perf_counter()
    grader = Grader(unsafe=args.unsafe, secret=args.secret)
    try:
        with Progress(console=console) as progress:
            options = {"students": args.student, "jobs": args.jobs, "force": args.force}
            rows = list(grade(workspace, lab, grader, progress=progress, **options))
    finally:
        grader.close()
    wall_s = time.perf_counter() - started
    if args.json:
        told = ("score", "max_score", "status", "flags")
        students = {row.student: {name: asdict(row)[name] for name in told} for row in rows}
        print(json.dumps({"students": students, "wall_s": round(wall_s, 3)}))
    else:
        Console().print(report(rows, workspace, lab, wall_s))
    fell_short = [row for row in rows if row.status != GRADED]
    for row in fell_short:
        print(f"{row.student}: {row.status}: {row.reason}", file=sys.stderr)
    return 1 if fell_short else 0
