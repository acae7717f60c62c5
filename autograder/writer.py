"""The one writer: what was proven becomes rows in nbgrader's gradebook, a graded notebook and a feedback page.

Theory of operation
===================
1. nbgrader's own converters do all of it. They are made once for a run, with their templates and exporters, and share
   one gradebook (`gradebook`).
2. A submission's files are made in a folder of their own. Then its rows are committed, in one transaction; then the
   page and last the graded notebook, with `verdict.json` beside it, are moved to their places.
3. A run that is killed anywhere in between leaves no `verdict.json`, or the one of before: started again, it grades
   that submission anew and writes the same rows over.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from nbconvert.writers.files import FilesWriter
from nbformat.notebooknode import NotebookNode
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from sqlalchemy.exc import SAWarning

from . import intake, notebooks
from .errors import GraderError
from .execute import use_grader
from .gradebook import one_gradebook
from .release import release_preprocessors
from .strict import Malformed
from .workspace import GRADED, Row, remember

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .course import Lab
    from .execute import Grader
    from .intake import Intake
    from .proof import Evaluation
    from .workspace import Workspace

_DIED = {"died": "died", "timeout": "time-out", "output flood": "output flood", "protocol": "died"}


@dataclass(frozen=True)
class Job:
    """One submission on its way: what was found, and what running it showed."""

    student: str
    found: Intake
    notebook: NotebookNode
    evaluation: Evaluation | None
    fingerprint: str


class _JustRead(NotebookNode):
    """A notebook that was read from a file and belongs to nobody else."""

    def __deepcopy__(self, _memo: dict[int, object]) -> Self:
        return self


class _WithoutCopies:
    """An exporter that changes the notebook which it is given; nbconvert's copy it twice."""

    def from_notebook_node(self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any) -> Any:
        nb = _JustRead(nb)  # type: ignore[no-untyped-call]
        return super().from_notebook_node(nb, resources, **kw)  # type: ignore[misc]  # that of the exporter


class _Standing(BaseConverter):  # type: ignore[misc]  # nbgrader has no types
    """A converter of nbgrader's that is made once and converts one student after the other."""

    def __init__(self, workspace: Workspace, lab: Lab, **folders: str) -> None:
        super().__init__(workspace.coursedir(assignment_id=lab.folder, **folders), config=workspace.config)
        self.force = True
        self.said: list[str] = []
        self.log = self.coursedir.log = _log_into(self.said)
        self.writer = FilesWriter(parent=self, config=self.config)
        kind = type("Exporter", (_WithoutCopies, self.exporter_class), {})
        self.exporter = kind(parent=self, config=self.config)
        self.exporter.optimistic_validation = True  # the notebook is validated after the last step, not after each
        for step in self.preprocessors:
            self.exporter.register_preprocessor(step)

    def convert(self, student: str) -> None:
        """Convert the submission of one student.

        Raises:
            GraderError: if nbgrader refuses it.
        """
        self.said.clear()
        self.coursedir.student_id = student
        try:
            self.init_notebooks()
            self.convert_notebooks()
        except (Exception, SystemExit) as error:
            raise GraderError(f"nbgrader could not write {student}'s notebook: {_cause(self.said) or error}") from error


class _Autograde(_Standing, Autograde):  # type: ignore[misc]
    """nbgrader's autograding."""


class _Feedback(_Standing, GenerateFeedback):  # type: ignore[misc]
    """nbgrader's feedback."""


class Writer:
    """Writes a lab's results, one submission at a time; a context manager.

    Args:
        workspace: where they go.
        lab: the lab.
        grader: knows the evaluations, and what a run can be repeated from.

    Raises:
        GraderError: if the gradebook cannot be used.
    """

    def __init__(self, workspace: Workspace, lab: Lab, grader: Grader) -> None:
        self.workspace, self.lab, self.grader = workspace, lab, grader
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            shutil.rmtree(self.workspace.staging, ignore_errors=True)  # what a killed run has left
            stack.callback(shutil.rmtree, self.workspace.staging, ignore_errors=True)
            stack.enter_context(warnings.catch_warnings())
            # nbgrader 0.9.6 autoflushes half-made rows under SQLAlchemy 2.1
            warnings.simplefilter("ignore", SAWarning)
            self.gradebook = stack.enter_context(one_gradebook(self.workspace.db_url, self.workspace.course.course_id))
            register(self.workspace, self.lab.folder)
            self.gradebook.commit()
            staged = self.workspace.staging
            self._autograde = _Autograde(
                self.workspace,
                self.lab,
                submitted_directory=str(staged / "submitted"),
                autograded_directory=str(staged / "autograded"),
            )
            self._feedback = _Feedback(
                self.workspace,
                self.lab,
                autograded_directory=str(staged / "autograded"),
                feedback_directory=str(staged / "feedback"),
            )
            use_grader(self.grader)
            stack.callback(use_grader, None)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stack.close()

    def students(self) -> set[str]:
        """Everybody whom the gradebook knows."""
        return {student.id for student in self.gradebook.students}

    def write(self, job: Job) -> Row:
        """Write one submission: rows, page, notebook.

        Raises:
            GraderError: if nbgrader refuses it; nothing of it is written then.
        """
        staged, folder = self.workspace.staging, self.lab.folder
        for kind in ("submitted", "autograded", "feedback"):
            shutil.rmtree(staged / kind, ignore_errors=True)
        self._stage(job, staged / "submitted" / job.student / folder)
        if job.evaluation is not None:
            self.grader.expect(job.student, folder, job.evaluation)
        try:
            self._autograde.convert(job.student)
            self._feedback.convert(job.student)
            submission = self.gradebook.find_submission(folder, job.student)
            row = _row(job, float(submission.score), float(submission.max_score))
        except BaseException:
            self.gradebook.rollback()
            raise
        made = staged / "autograded" / job.student / folder
        remember(made, row, secret=self.grader.secret, level=str(self.grader.sandbox.level))
        self.gradebook.commit()
        _move(staged / "feedback" / job.student / folder, self.workspace.feedback(job.student, folder).parent)
        _move(made, self.workspace.autograded(job.student, folder))
        return row

    def _stage(self, job: Job, folder: Path) -> None:
        """Lay the notebook, and what nbgrader's exchange noted beside it, where nbgrader looks for them."""
        folder.mkdir(parents=True)
        notebooks.write(folder / f"{self.lab.folder}.ipynb", notebooks.dumps(job.notebook))
        handed_in = self.workspace.submitted(job.student, self.lab.folder)
        for name in intake.NOTED:
            with contextlib.suppress(Malformed):
                (folder / name).write_bytes(intake.small_file(handed_in, name))


def register(workspace: Workspace, folder: str) -> None:
    """Write a lab's cells into the gradebook, as `nbgrader generate_assignment` does.

    Raises:
        GraderError: if the gradebook does not take them.
    """
    said: list[str] = []
    with tempfile.TemporaryDirectory(prefix="autograder-release-") as release:
        coursedir = workspace.coursedir(assignment_id=folder, release_directory=release)
        converter = GenerateAssignment(coursedir=coursedir, config=workspace.config)
        converter.log = converter.coursedir.log = _log_into(said)
        converter.preprocessors = release_preprocessors()
        converter.force = True
        try:
            converter.start()
        except (NbGraderException, SystemExit) as error:
            raise GraderError(f"the gradebook does not take {folder}: {said[-1] if said else error}") from error


def _row(job: Job, score: float, max_score: float) -> Row:
    """Status and reason: what intake said, else how the student's process ended."""
    status, reason = job.found.status, job.found.reason
    flags = (*job.found.repairs, *(f"not looked at: {name}" for name in job.found.ignored))
    wall_s = 0.0
    if job.evaluation is not None:
        wall_s = job.evaluation.wall_s
        if status == "ok":
            status = _DIED.get(job.evaluation.verdict, GRADED)
            reason = reason if status == GRADED else _ended(job.evaluation)
    return Row(job.student, score, max_score, status, reason, flags, round(wall_s, 3), job.fingerprint)


def _ended(evaluation: Evaluation) -> str:
    """Say which cells ended the process."""
    cells = ", ".join(str(index + 1) for index in sorted(evaluation.errors)) or "?"
    return f"the notebook's process ended early ({evaluation.verdict}); code cells with errors: {cells}"


def _cause(said: Sequence[str]) -> str:
    """What nbgrader has logged of an error: the last line of the traceback, if there is one."""
    tracebacks = [text for text in said if text.startswith("Traceback ")]
    return (tracebacks or said or [""])[-1].rpartition("\n")[2]


def _move(made: Path, final: Path) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(final, ignore_errors=True)
    made.rename(final)


def _log_into(said: list[str]) -> logging.Logger:
    """A log that prints nothing; what it is told of errors goes into the list."""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage().strip())

    log = logging.Logger("autograder.writer")
    log.addHandler(Listener(logging.ERROR))
    return log
