"""A class on one machine, with nbgrader's own commands: released, fetched, submitted, collected, graded, given back."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder import cli
from autograder.classroom import Classroom
from tests.accounts import Person, instructor_and_students
from tests.tiny_course import FOLDER, edit, make_course

RIGHT = "async def double(async_fn):\n    return 2 * await async_fn()\n"
ROSTER = "id,first_name,last_name,email\n{},Ada,Lovelace,\n{},Bob,,bob@example.org\n"
CONFIG = """
from autograder.execute import configure
from autograder.release import release_preprocessors

c = get_config()
c.GenerateAssignment.preprocessors = release_preprocessors()
configure(c)
"""


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder that other accounts may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="servicelab-class-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.mark.timeout(600)
def test_a_lab_goes_from_the_instructor_to_two_students_and_back(base: Path) -> None:
    instructor, ada, bob = instructor_and_students(base)
    course = make_course(base / "repository")
    (course.root / "nbgrader_config.py").write_text(CONFIG)
    (base / "class.csv").write_text(ROSTER.format(ada.name, bob.name))
    (base / "class").mkdir()
    instructor.own(base / "class")
    instructor.own(course.root)
    say = ["--course", str(course.root)]
    told = instructor.run("autograder", "course", str(base / "class"), "--roster", str(base / "class.csv"), *say)
    assert "nbgrader release_assignment 00-tiny" in told
    room = Classroom(base / "class", course)
    instructor.run("nbgrader", "release_assignment", FOLDER, cwd=room.own)
    for student in (ada, bob):
        config = student.home / ".jupyter" / "nbgrader_config.py"
        config.parent.mkdir()
        shutil.copyfile(base / "class" / "student" / "nbgrader_config.py", config)
        student.own(config.parent)
        student.run("nbgrader", "fetch_assignment", FOLDER)
    solve(ada)
    for student in (ada, bob):
        student.run("nbgrader", "submit", FOLDER)
    assert "cheating attempt" not in instructor.run("nbgrader", "collect", FOLDER, cwd=room.own) or not ada.account
    graded = instructor.run("autograder", "grade", "00", "--json", *say, cwd=room.own)
    students = json.loads(graded[graded.index("{") :])["students"]
    assert {name: one["score"] for name, one in students.items()} == {ada.name: 3.0, bob.name: 0.0}
    assert students[ada.name]["flags"] == []
    with Gradebook(f"sqlite:///{room.own / 'gradebook.db'}", "tiny") as gradebook:
        assert gradebook.find_student(bob.name).email == "bob@example.org"
        comment = gradebook.find_comment("0-interview", FOLDER, FOLDER, ada.name)
        comment.manual_comment = "Well said."
        gradebook.find_grade("0-interview", FOLDER, FOLDER, ada.name).manual_score = 2.0
        gradebook.db.commit()
    instructor.run("nbgrader", "generate_feedback", FOLDER, "--force", cwd=room.own)
    instructor.run("nbgrader", "release_feedback", FOLDER, cwd=room.own)
    for student, score in ((ada, "5.0 / 5.0"), (bob, "0.0 / 5.0")):
        student.run("nbgrader", "fetch_feedback", FOLDER)
        [page] = student.home.glob(f"{FOLDER}/feedback/*/{FOLDER}.html")
        text = page.read_text(encoding="utf-8")
        assert score in text
        assert ("Well said." in text) == (student is ada)
    if ada.account:
        with pytest.raises(AssertionError, match="Permission denied"):
            bob.run("json.tool", str(room.own / "gradebook.db"))


def solve(student: Person) -> None:
    notebook = student.home / FOLDER / f"{FOLDER}.ipynb"
    edit(
        notebook, lambda document: [cell.update(source=RIGHT) for cell in document["cells"] if cell["id"] == "e1-stub"]
    )


def test_a_class_never_lies_in_the_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = make_course(tmp_path / "course")
    assert cli.main(["course", str(course.root / "class"), "--course", str(course.root)]) == 2
    assert "names, work and grades never belong there" in capsys.readouterr().err


def test_a_roster_without_ids_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course = make_course(tmp_path / "course")
    (tmp_path / "class.csv").write_text("name\nada\n")
    arguments = ["course", str(tmp_path / "class"), "--roster", str(tmp_path / "class.csv")]
    assert cli.main([*arguments, "--course", str(course.root)]) == 2
    assert "expected the columns id," in capsys.readouterr().err
    assert not (tmp_path / "class").exists()
