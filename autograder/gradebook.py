"""One gradebook, open for a whole run: nbgrader's steps share a session, and a submission is one transaction.

nbgrader opens its gradebook anew in every step of every notebook and commits every row: a hundred commits for one
submission, and a killed run leaves half of them. `one_gradebook` lends all its steps the same session, whose commits
only flush; `Ledger.commit` makes a whole submission durable at once.
"""

from __future__ import annotations

import contextlib
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import nbgrader
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from nbgrader.api import Assignment, BaseCell, Comment, Grade, Gradebook, GradeCell, Notebook, SourceCell
from sqlalchemy.orm import Session, scoped_session, sessionmaker

if TYPE_CHECKING:
    from collections.abc import Iterator

_USERS = (
    "converters.autograde",
    "converters.generate_assignment",
    "preprocessors.getgrades",
    "preprocessors.latesubmissions",
    "preprocessors.overwritecells",
    "preprocessors.overwritekernelspec",
    "preprocessors.saveautogrades",
    "preprocessors.savecells",
)


class _Patient(Session):
    """A session whose `commit` writes new rows, whose errors nbgrader looks for; changes go with the next query."""

    def commit(self) -> None:
        if self.new or self.deleted:
            self.flush()

    def commit_for_good(self) -> None:
        super().commit()


class Ledger(Gradebook):  # type: ignore[misc]  # nbgrader has no types
    """A gradebook that stays open when nbgrader closes it, and commits when it is told to."""

    def __init__(self, db_url: str, course_id: str) -> None:
        """Open it, and make it where there is none."""
        with mock.patch("nbgrader.api.get_alembic_version", _newest_version):
            super().__init__(db_url, course_id)
        super().close()
        sessions = sessionmaker(class_=_Patient, autoflush=True, bind=self.engine)
        self.db: scoped_session[_Patient] = scoped_session(sessions)
        self._cells: dict[tuple[type, str, str], dict[str, Any]] | None = None  # none while a lab's cells are written
        self._comments: dict[tuple[str, str, str], dict[str, Any]] = {}

    def close(self) -> None:
        """Stay open: nbgrader closes after every step."""

    def commit(self) -> None:
        """Make everything that was written durable, and forget what was read."""
        self.db().commit_for_good()
        self._forget()

    def rollback(self) -> None:
        """Forget what was written since the last commit."""
        self.db.rollback()
        self._forget()

    def _forget(self) -> None:
        self.db.expunge_all()
        self._cells = {}
        self._comments = {}

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> Any:
        """A cell of a lab as it was released; all of its notebook are read with the first of a transaction."""
        return self._known(SourceCell, name, notebook, assignment) or super().find_source_cell(
            name, notebook, assignment
        )

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> Any:
        """A graded cell of a lab, likewise."""
        return self._known(GradeCell, name, notebook, assignment) or super().find_graded_cell(
            name, notebook, assignment
        )

    def _known(self, kind: type, name: str, notebook: str, assignment: str) -> Any:
        if self._cells is None:
            return None
        if (kind, notebook, assignment) not in self._cells:
            query: Any = self.db.query(kind).join(Notebook).join(Assignment)
            found = query.filter(Notebook.name == notebook, Assignment.name == assignment)
            self._cells[kind, notebook, assignment] = {cell.name: cell for cell in found}
        return self._cells[kind, notebook, assignment].get(name)

    def find_comment(self, solution_cell: str, notebook: str, assignment: str, student: str) -> Any:
        """The comment of a cell of a submission, likewise."""
        about = notebook, assignment, student
        if about not in self._comments:
            submitted = self.find_submission_notebook(*about)
            query = self.db.query(Comment, BaseCell.name).join(BaseCell, BaseCell.id == Comment.cell_id)
            rows = query.filter(Comment.notebook_id == submitted.id)
            self._comments[about] = {name: comment for comment, name in rows}
        return self._comments[about].get(solution_cell) or super().find_comment(solution_cell, *about)

    def end(self) -> None:
        """Close it; what was not committed is lost."""
        super().close()


@contextlib.contextmanager
def one_gradebook(db_url: str, course_id: str) -> Iterator[Ledger]:
    """Have all of nbgrader's steps in this process use one gradebook.

    Args:
        db_url: address of the database.
        course_id: id of the course.
    """
    ledger = Ledger(db_url, course_id)

    def lent(*_args: Any, **_kwargs: Any) -> Ledger:
        return ledger

    with contextlib.ExitStack() as stack:
        stack.callback(ledger.end)
        for name in _USERS:
            stack.enter_context(mock.patch.object(importlib.import_module(f"nbgrader.{name}"), "Gradebook", lent))
        yield ledger


def grades_of(gradebook: Gradebook, notebook: str, assignment: str, student: str) -> dict[str, Any]:
    """The rows of all graded cells of a submitted notebook, by grade id, in one query.

    Raises:
        MissingEntry: if nothing is known of that notebook.
    """
    submitted = gradebook.find_submission_notebook(notebook, assignment, student)
    query = gradebook.db.query(Grade, BaseCell.name).join(BaseCell, BaseCell.id == Grade.cell_id)
    rows = query.filter(Grade.notebook_id == submitted.id).populate_existing()
    return {name: grade for grade, name in rows}


def _newest_version() -> str:
    """The version of a new gradebook; nbgrader starts a program to ask for it, which takes seconds."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(nbgrader.__file__).parent / "alembic"))
    return ScriptDirectory.from_config(config).get_current_head() or ""
