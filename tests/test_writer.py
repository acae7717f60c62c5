"""What is written is what nbgrader itself would have written."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat
import pytest
from nbconvert.writers.files import FilesWriter
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder import intake
from autograder.demo import handed_in
from autograder.errors import GraderError, UsageError
from autograder.execute import Grader
from autograder.grade import grade
from autograder.release import generate
from autograder.workspace import Row, Workspace
from autograder.writer import Job, Writer
from tests.tiny_course import FOLDER, hand_in, make_course

RIGHT = "async def double(async_fn):\n    return 2 * await async_fn()\n"
STUDENTS = {"right": RIGHT, "wrong": RIGHT.replace("2 *", "3 *"), "blank": None}
LATE = "2030-01-01 00:00:00 UTC"
PLAIN = """
from autograder.release import release_preprocessors

c = get_config()
c.GenerateAssignment.preprocessors = release_preprocessors()  # the assignment is the same, its grading is stock
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "tiny"
c.CourseDirectory.source_directory = {source!r}
c.CourseDirectory.db_url = {db!r}
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Workspace]:
    """The same class, graded by us and by plain nbgrader in kernels of its own."""
    course = make_course(tmp_path_factory.mktemp("course"))
    ours, theirs = (Workspace(tmp_path_factory.mktemp(name), course) for name in ("ours", "theirs"))
    blank = nbformat.reads(generate(course, FOLDER), as_version=4)
    for workspace in (ours, theirs):
        for student, answer in STUDENTS.items():
            notebook = blank if answer is None else handed_in(blank, course.lab(FOLDER).notebook(), first=answer)
            (hand_in(workspace, student, notebook) / "timestamp.txt").write_text(LATE)
    grader = Grader(unsafe=True)
    list(grade(ours, course.lab(FOLDER), grader))
    grader.close()
    plainly(theirs)
    return ours, theirs


def plainly(workspace: Workspace) -> None:
    """Grade with stock nbgrader."""
    config = PLAIN.format(root=str(workspace.root), source=str(workspace.course.solutions), db=workspace.db_url)
    (workspace.root / "nbgrader_config.py").write_text(config, encoding="utf-8")
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    for step in (["generate_assignment", FOLDER, "--force"], ["autograde", FOLDER], ["generate_feedback", FOLDER]):
        command = [sys.executable, "-W", "ignore", "-m", "nbgrader", *step]
        done = subprocess.run(
            command, cwd=workspace.root, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]


def table(workspace: Workspace) -> dict[str, object]:
    with Gradebook(workspace.db_url, "tiny") as gradebook:
        return {
            submission.student.id: {
                "timestamp": submission.timestamp,
                "score": submission.score,
                "max_score": submission.max_score,
                "late": submission.total_seconds_late,
                "manual": submission.needs_manual_grade,
                "grades": sorted(
                    (g.name, g.auto_score, g.manual_score, g.needs_manual_grade, g.max_score)
                    for notebook in submission.notebooks
                    for g in notebook.grades
                ),
                "comments": sorted(
                    (c.name, c.auto_comment, c.manual_comment) for n in submission.notebooks for c in n.comments
                ),
                "penalties": [notebook.late_submission_penalty for notebook in submission.notebooks],
            }
            for submission in gradebook.assignment_submissions(FOLDER)
        }


@pytest.mark.timeout(300)
def test_for_honest_submissions_the_gradebook_equals_that_of_plain_nbgrader(both: tuple[Workspace, Workspace]):
    ours, theirs = both
    assert set(table(theirs)) == set(STUDENTS)
    assert table(ours) == table(theirs)


def test_the_graded_notebooks_hold_the_same_cells(both: tuple[Workspace, Workspace]):
    ours, theirs = (
        nbformat.read(workspace.autograded("wrong", FOLDER) / f"{FOLDER}.ipynb", as_version=4) for workspace in both
    )
    assert [(cell.cell_type, cell.source, marks(cell)) for cell in ours.cells] == [
        (cell.cell_type, cell.source, marks(cell)) for cell in theirs.cells
    ]


def marks(cell: NotebookNode) -> dict[str, object]:
    """nbgrader's marks, without the type of the cell, which nbgrader notes a second time when a student has the lab."""
    return {name: value for name, value in cell.metadata.get("nbgrader", {}).items() if name != "cell_type"}


def test_the_page_of_a_submission_is_where_nbgrader_puts_it(both: tuple[Workspace, Workspace]):
    pages = [sorted(path.relative_to(w.root) for path in w.root.glob("feedback/*/*/*.html")) for w in both]
    assert pages[0] == pages[1] == [Path("feedback", student, FOLDER, f"{FOLDER}.html") for student in sorted(STUDENTS)]


@pytest.mark.parametrize("source", ["![gone](attachment:x.png)", "![gone](attachment:)", "[[[", "```\n<b>"])
def test_odd_markdown_of_a_student_stops_nothing(source: str, tmp_path: Path):
    course = make_course(tmp_path / "course")
    workspace = Workspace(tmp_path / "class", course)
    notebook = handed_in(nbformat.reads(generate(course, FOLDER), as_version=4), course.lab(FOLDER).notebook())
    notebook.cells.append(nbformat.v4.new_markdown_cell(source, id="mine"))
    hand_in(workspace, "odd", notebook)
    grader = Grader(unsafe=True)
    [row] = grade(workspace, course.lab(FOLDER), grader)
    grader.close()
    assert (row.status, row.score) == ("graded", 3.0)
    assert workspace.feedback("odd", FOLDER).is_file()


def test_a_submission_that_nbgrader_refuses_is_told_and_the_others_are_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    course = make_course(tmp_path / "course")
    workspace = Workspace(tmp_path / "class", course)
    for student in ("a", "b", "c"):
        hand_in(workspace, student, nbformat.reads(generate(course, FOLDER), as_version=4))
    write = Writer.write

    def refusing(self: Writer, job: Job) -> Row:
        if job.student == "b":
            raise GraderError("nbgrader could not write b's notebook: no")
        return write(self, job)

    monkeypatch.setattr(Writer, "write", refusing)
    grader = Grader(unsafe=True)
    found = {row.student: (row.status, row.reason) for row in grade(workspace, course.lab(FOLDER), grader)}
    grader.close()
    assert found == {
        "a": ("graded", ""),
        "b": ("not graded", "nbgrader could not write b's notebook: no"),
        "c": ("graded", ""),
    }


class FullDisk(FilesWriter):  # type: ignore[misc]
    """A writer of files that finds no room."""

    def write(self, *_args: object, **_kwargs: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_the_system_refused_is_in_the_row(tmp_path: Path):
    course = make_course(tmp_path / "course")
    workspace = Workspace(tmp_path / "class", course)
    hand_in(workspace, "a", blank := nbformat.reads(generate(course, FOLDER), as_version=4))
    grader = Grader(unsafe=True)
    with Writer(workspace, course.lab(FOLDER), grader) as writer:
        writer._autograde.writer = FullDisk()
        found = intake.examine(
            workspace.submitted("a", FOLDER), name=f"{FOLDER}.ipynb", source=course.lab(FOLDER).notebook()
        )
        job = Job("a", found, blank, grader.evaluate(course.lab(FOLDER).source.resolve(), blank), "f")
        with pytest.raises(GraderError, match=r"^nbgrader could not write a's notebook: .*No space left on device$"):
            writer.write(job)
    grader.close()


def test_a_student_whom_nobody_knows_is_not_graded(tmp_path: Path):
    course = make_course(tmp_path / "course")
    workspace = Workspace(tmp_path / "class", course)
    hand_in(workspace, "ada", nbformat.reads(generate(course, FOLDER), as_version=4))
    grader = Grader(unsafe=True)
    with pytest.raises(UsageError, match=f"^no submission of aba for {FOLDER}, nor are they in the gradebook$"):
        list(grade(workspace, course.lab(FOLDER), grader, students=["ada", "aba"]))
    grader.close()
    with Gradebook(workspace.db_url) as gradebook:
        assert gradebook.students == []
