"""A check is mended: who changes is shown before anything is written, and what is written is what was shown."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder import cli
from autograder.course import find_course
from autograder.demo import handed_in
from autograder.execute import Grader
from autograder.grade import grade
from autograder.regrade import Preview
from autograder.release import generate
from autograder.results import Result, read_class
from autograder.workspace import VERDICT, Workspace
from tests.tiny_course import FOLDER, HIDDEN, cell_of, edit, hand_in, make_course

RIGHT = "async def double(async_fn):\n    return 2 * await async_fn()\n"
EAGER = "async def double(async_fn):\n    value = await async_fn()\n    await trio.sleep(1)\n    return 2 * value\n"
LOOSE = HIDDEN.replace("trio.current_time() == hidden_delay", "trio.current_time() >= hidden_delay")
ANSWERS = {"ada": RIGHT, "bob": EAGER, "cyd": EAGER, "dan": RIGHT, "eve": RIGHT.replace("2 *", "3 *")}
CONFIG = 'c = get_config()\nc.LateSubmissionPlugin.penalty_method = "zero"\n'


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class, graded with a loose check; then a person graded, a due date was set, and the check was mended."""
    root = tmp_path_factory.mktemp("graded")
    course = make_course(root / "course", lambda notebook: cell_of(notebook, "e1-check-waits").update(source=LOOSE))
    (root / "class").mkdir()
    (root / "class" / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    workspace = Workspace(root / "class", course)
    blank = nbformat.reads(generate(course, FOLDER), as_version=4)
    for student, answer in ANSWERS.items():
        folder = hand_in(workspace, student, handed_in(blank, course.lab(FOLDER).notebook(), first=answer))
        late = "2030-01-02" if student == "dan" else "2029-12-31"
        (folder / "timestamp.txt").write_text(f"{late} 12:00:00 UTC", encoding="utf-8")
    grader = Grader(unsafe=True)
    list(grade(workspace, course.lab(FOLDER), grader))
    grader.close()
    with Gradebook(workspace.db_url, course.course_id) as gradebook:
        gradebook.update_or_create_assignment(FOLDER, duedate="2030-01-01 00:00:00 UTC")
        by_hand(gradebook, "ada", "0-interview", 1.5)
        by_hand(gradebook, "bob", "0_1-waits", 2.0)
    edit(course.source(FOLDER), lambda document: mend(document["cells"]))
    return root


@pytest.fixture
def workspace(graded: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(graded, tmp_path / "copy")
    return Workspace(tmp_path / "copy" / "class", find_course(tmp_path / "copy" / "course"))


def by_hand(gradebook: Gradebook, student: str, name: str, points: float) -> None:
    grade = gradebook.find_grade(name, FOLDER, FOLDER, student)
    grade.manual_score, grade.needs_manual_grade = points, False
    gradebook.db.commit()


def mend(cells: list[dict[str, object]]) -> None:
    [check] = [cell for cell in cells if cell["id"] == "e1-check-waits"]
    check["source"] = HIDDEN


def command(workspace: Workspace, *more: str) -> list[str]:
    return ["regrade", "00", "--root", str(workspace.root), "--course", str(workspace.course.root), "--unsafe", *more]


def results(workspace: Workspace) -> list[Result]:
    return read_class(workspace, workspace.course.lab(FOLDER))


def test_a_preview_says_who_changes_and_why_and_writes_nothing(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    before = results(workspace)
    assert cli.main(command(workspace, "--json")) == 0
    told = json.loads(capsys.readouterr().out)["students"]
    assert {student: (one["before"], one["after"]) for student, one in told.items()} == {
        "bob": (3.0, 3.0),  # a person gave the points of the hidden check
        "cyd": (3.0, 1.0),
        "dan": (3.0, 0.0),  # late, and the penalty is everything
    }
    [why] = told["cyd"]["why"]
    assert why.startswith("0.1-waits: passed (2) is now failed (0): Not yet: double takes as long as the function.")
    assert told["dan"]["why"] == ["late penalty: 0 is now 3"]
    assert results(workspace) == before


@pytest.mark.timeout(300)
def test_what_is_written_is_what_was_shown_also_when_it_was_killed_half_way(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    preview = run(workspace, "--jobs", "1")
    kill_when(preview, lambda: len(list(workspace.root.glob(".regrade/*/autograded/*/*/verdict.json"))) >= 2)
    assert cli.main(command(workspace)) == 0
    shown = results(Preview(workspace, workspace.course.lab(FOLDER)).copy)
    old = verdicts(workspace)
    kill_when(run(workspace, "--write"), lambda: len(verdicts(workspace).items() - old.items()) >= 2)
    assert results(workspace) != shown
    edit(workspace.submitted("eve", FOLDER) / f"{FOLDER}.ipynb", lambda document: document["metadata"].update(new=1))
    capsys.readouterr()
    assert cli.main(command(workspace, "--write")) == 1
    assert capsys.readouterr().err == "eve: handed in anew since the preview: autograder grade 00\n"
    assert [one for one in results(workspace) if one.student != "eve"] == [one for one in shown if one.student != "eve"]
    assert not (workspace.root / ".regrade" / FOLDER).exists()
    with Gradebook(workspace.db_url, "tiny") as gradebook:
        assert gradebook.find_grade("0-interview", FOLDER, FOLDER, "ada").manual_score == 1.5
        assert gradebook.find_grade("0_1-waits", FOLDER, FOLDER, "bob").auto_score == 0.0


def run(workspace: Workspace, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "autograder", *command(workspace, *more)], stdout=subprocess.DEVNULL)


def verdicts(workspace: Workspace) -> dict[str, str]:
    return {path.parts[-3]: path.read_text() for path in workspace.root.glob(f"autograded/*/*/{VERDICT}")}


def kill_when(process: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
    """Kill it as soon as the condition holds, or let it end by itself."""
    while process.poll() is None and not condition():
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_nothing_is_written_that_was_not_shown(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(command(workspace, "--write")) == 2
    assert "there is no preview of 00-tiny as it is now: autograder regrade 00 first" in capsys.readouterr().err


def test_a_class_that_was_not_graded_is_not_regraded_and_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = make_course(tmp_path / "course")
    (tmp_path / "class").mkdir()
    arguments = ["regrade", "00", "--course", str(course.root), "--root", str(tmp_path / "class")]
    assert cli.main(arguments) == 2
    assert f"nothing of {FOLDER} was graded yet: autograder grade 00 first" in capsys.readouterr().err
    assert list((tmp_path / "class").iterdir()) == []
