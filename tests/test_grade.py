"""Grading a class: every row of the table of `quality.md` that concerns a single submission, end to end."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from autograder import cli, notebooks
from autograder.course import Course
from autograder.demo import handed_in
from autograder.execute import Grader
from autograder.grade import grade, report
from autograder.release import generate
from autograder.workspace import VERDICT, Row, Workspace
from tests.tiny_course import FOLDER, make_course

HONEST = """\
async def double(async_fn):
    return 2 * await async_fn()
"""
FORGED_EQUALITY = """\
class Anything(int):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


async def double(async_fn):
    return Anything()
"""
SUBMISSIONS = {
    "honest": HONEST,
    "logs": f"import logging, sys\nlogging.warning('odd')\nprint('to stderr', file=sys.stderr)\n{HONEST}",
    "unicode": HONEST.replace("async_fn", "fünktion"),
    "wrong": HONEST.replace("2 *", "3 *"),
    "patched-run": "import trio\ntrio.run = lambda *args, **kwargs: None\n",
    "patched-run-and-right": f"import trio\ntrio.run = lambda *args, **kwargs: None\n{HONEST}",
    "equality": FORGED_EQUALITY,
    "group": "async def double(async_fn):\n    raise ExceptionGroup('several', [OSError('no'), ValueError('no')])\n",
    "stderr-only": "import sys\nprint('Passed', file=sys.stderr)\n",
    "exits": f"import os\nos._exit(0)\n{HONEST}",
    "exits-in-the-check": "import os\n\n\nasync def double(async_fn):\n    os._exit(0)\n",
    "hangs-in-the-check": "async def double(async_fn):\n    while True:\n        pass\n",
    "syntax": "async def double(async_fn:\n",
}
EXPECTED = {
    "honest": 3.0,
    "logs": 3.0,
    "unicode": 3.0,
    "wrong": 2.0,  # it does wait
    "patched-run": 0.0,
    "patched-run-and-right": 3.0,
    "equality": 0.0,
    "group": 0.0,
    "stderr-only": 0.0,
    "exits": 0.0,
    "exits-in-the-check": 0.0,
    "hangs-in-the-check": 0.0,
    "syntax": 0.0,
}
ODD = {
    "corrupt": ("corrupt", 0.0),
    "missing": ("missing", 0.0),
    "renamed": ("renamed", 3.0),
    "schema-1": ("graded", 3.0),
    "doubled": ("graded", 3.0),
    "deleted": ("graded", 3.0),
    "blank": ("graded", 0.0),
}


def write_submissions(workspace: Workspace) -> None:
    """Hand in one notebook for every case."""
    course, lab = workspace.course, workspace.course.lab(FOLDER)
    blank = nbformat.reads(generate(course, FOLDER), as_version=4)
    solved = lab.notebook()

    def folder_of(student: str) -> Path:
        folder = workspace.submitted(student, FOLDER)
        folder.mkdir(parents=True)
        return folder

    for student, code in SUBMISSIONS.items():
        notebook = handed_in(blank, solved, first=code)
        notebook.cells[-1].source = "What I think of the event loop."
        (folder_of(student) / f"{FOLDER}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    right = handed_in(blank, solved)
    (folder_of("corrupt") / f"{FOLDER}.ipynb").write_text('{"cells": [', encoding="utf-8")
    folder_of("missing")
    (folder_of("renamed") / "tiny (1).ipynb").write_text(json.dumps(right), encoding="utf-8")
    for student, change in (("schema-1", _schema_1), ("doubled", _double), ("deleted", _delete)):
        made = json.loads(json.dumps(right))
        change(made)
        (folder_of(student) / f"{FOLDER}.ipynb").write_text(json.dumps(made), encoding="utf-8")
    (folder_of("blank") / f"{FOLDER}.ipynb").write_text(json.dumps(blank), encoding="utf-8")


def _checks(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    marked = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    return [cell for cell in marked if cell["metadata"]["nbgrader"]["grade"] and cell["cell_type"] == "code"]


def _schema_1(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["schema_version"] = 1


def _double(notebook: dict[str, Any]) -> None:
    cell = _checks(notebook)[0]
    notebook["cells"].insert(notebook["cells"].index(cell), dict(cell))


def _delete(notebook: dict[str, Any]) -> None:
    notebook["cells"].remove(_checks(notebook)[0])


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def workspace(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("class"), course)
    write_submissions(workspace)
    return workspace


@pytest.fixture(scope="module")
def rows(workspace: Workspace) -> dict[str, Row]:
    grader = Grader(unsafe=True)
    try:
        graded = list(grade(workspace, workspace.course.lab(FOLDER), grader, jobs=2))
    finally:
        grader.close()
    return {row.student: row for row in graded}


def test_the_table_shows_names_as_they_are(course: Course):
    row = Row("[bold]ada", 1.0, 3.0, "graded", "", ("not looked at: [red].txt",))
    printed = io.StringIO()
    Console(width=120, file=printed).print(report([row], course.lab(FOLDER), 1.0))
    assert "[bold]ada" in printed.getvalue()
    assert "[red].txt" in printed.getvalue()


@pytest.mark.parametrize("student", EXPECTED)
def test_a_submission_gets_what_it_deserves(rows: dict[str, Row], student: str):
    assert rows[student].score == EXPECTED[student]


@pytest.mark.parametrize("student", ODD)
def test_an_odd_submission_gets_a_row_with_its_status(rows: dict[str, Row], student: str):
    assert (rows[student].status, rows[student].score) == ODD[student]


def test_everybody_has_a_row_in_the_gradebook(rows: dict[str, Row], workspace: Workspace):
    with Gradebook(workspace.db_url, workspace.course.course_id) as gradebook:
        found = {s.student.id: s.score for s in gradebook.assignment_submissions(FOLDER)}
    assert found == {student: row.score for student, row in rows.items()}


def test_what_a_person_must_grade_waits_for_a_person(rows: dict[str, Row], workspace: Workspace):
    assert rows["honest"].max_score > rows["honest"].score
    with Gradebook(workspace.db_url, workspace.course.course_id) as gradebook:
        assert gradebook.find_submission(FOLDER, "honest").needs_manual_grade


def test_a_process_that_ended_is_told(rows: dict[str, Row]):
    assert rows["exits"].status == "died"
    assert "ended early" in rows["exits"].reason


def test_feedback_tells_the_three_parts_and_hides_the_hidden_check(rows: dict[str, Row], workspace: Workspace):
    page = workspace.feedback("wrong", FOLDER).read_text(encoding="utf-8")
    assert "Not yet: double returns twice the value." in page
    assert "double returns twice what the function returned" in page
    assert "hidden_delay" not in page


def test_feedback_says_why_there_was_nothing_to_grade(rows: dict[str, Row], workspace: Workspace):
    page = workspace.feedback("corrupt", FOLDER).read_text(encoding="utf-8")
    assert "could not be graded" in page


def test_a_second_run_grades_only_what_is_new(rows: dict[str, Row], workspace: Workspace):
    lab = workspace.course.lab(FOLDER)
    again = workspace.autograded("honest", FOLDER) / VERDICT
    before = again.stat().st_mtime_ns
    changed = workspace.submitted("wrong", FOLDER) / f"{FOLDER}.ipynb"
    notebook = json.loads(changed.read_text(encoding="utf-8"))
    text = json.dumps(notebook).replace("3 *", "2 *")
    changed.write_text(text, encoding="utf-8")
    grader = Grader(unsafe=True)
    try:
        found = {row.student: row.score for row in grade(workspace, lab, grader, students=["honest", "wrong"])}
    finally:
        grader.close()
    assert found == {"honest": 3.0, "wrong": 3.0}
    assert again.stat().st_mtime_ns == before


def test_the_command_prints_one_json_object(
    rows: dict[str, Row], workspace: Workspace, capsys: pytest.CaptureFixture[str]
):
    root, course = str(workspace.root), str(workspace.course.root)
    code = cli.main(["grade", "00", "--root", root, "--course", course, "--student", "honest", "--json", "--unsafe"])
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told["students"] == {
        "honest": {"score": 3.0, "max_score": rows["honest"].max_score, "status": "graded", "flags": []}
    }
    assert told["wall_s"] > 0


def test_without_submissions_the_command_says_what_to_do(
    course: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["grade", "00", "--root", str(tmp_path), "--course", str(course.root)]) == 2
    assert "collect first" in capsys.readouterr().err


def test_the_notebooks_of_the_class_are_nbgraders(rows: dict[str, Row], workspace: Workspace):
    graded = nbformat.read(workspace.autograded("honest", FOLDER) / f"{FOLDER}.ipynb", as_version=4)
    checks = [cell for cell in graded.cells if notebooks.is_check(cell)]
    assert [cell.outputs[0].text for cell in checks] == ["Passed.\n", "Passed.\n"]
