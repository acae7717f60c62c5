"""Grading that is disturbed: killed, run twice at once, on a busy machine; the gradebook is that of a quiet run."""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder import cli
from autograder.course import Course
from autograder.demo import handed_in
from autograder.execute import Grader
from autograder.release import generate
from autograder.workspace import Workspace
from tests.tiny_course import FOLDER, hand_in, make_course

RIGHT = "async def double(async_fn):\n    return 2 * await async_fn()\n"
ANSWERS = {"right": RIGHT, "wrong": RIGHT.replace("2 *", "3 *"), "eager": "async def double(async_fn):\n    return 2\n"}
KILLS = 5
SPINNER = "while True: pass"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture
def workspace(course: Course, tmp_path: Path) -> Workspace:
    return with_class(Workspace(tmp_path / "class", course))


def with_class(workspace: Workspace) -> Workspace:
    """Let nine students hand in one of three answers each."""
    blank = nbformat.reads(generate(workspace.course, FOLDER), as_version=4)
    solved = workspace.course.lab(FOLDER).notebook()
    for number in range(9):
        notebook = handed_in(blank, solved, first=list(ANSWERS.values())[number % len(ANSWERS)])
        hand_in(workspace, f"s{number}", notebook)
    return workspace


def command(workspace: Workspace, *more: str) -> list[str]:
    options = ["--root", str(workspace.root), "--course", str(workspace.course.root), "--unsafe", "--json", *more]
    return [sys.executable, "-m", "autograder", "grade", "00", *options]


def rows(workspace: Workspace) -> list[tuple[str, str, float | None, bool]]:
    """What the gradebook holds of everybody, cell by cell."""
    with Gradebook(workspace.db_url, workspace.course.course_id) as gradebook:
        return sorted(
            (submission.student.id, grade.name, grade.auto_score, grade.needs_manual_grade)
            for submission in gradebook.assignment_submissions(FOLDER)
            for notebook in submission.notebooks
            for grade in notebook.grades
        )


def files(workspace: Workspace) -> set[str]:
    places = ("autograded", "feedback")
    return {str(path.relative_to(workspace.root)) for place in places for path in (workspace.root / place).rglob("*")}


@pytest.mark.timeout(300)
def test_a_run_that_is_killed_again_and_again_ends_as_an_undisturbed_one(workspace: Workspace, tmp_path: Path):
    quiet = with_class(Workspace(tmp_path / "quiet", workspace.course))
    subprocess.run(command(quiet), check=True, stdout=subprocess.DEVNULL)
    seed = int(os.environ.get("SERVICELAB_SEED") or secrets.randbits(32))
    print(f"SERVICELAB_SEED={seed} draws these moments again")
    drawn = random.Random(seed)
    for count in sorted(drawn.sample(range(9), KILLS)):
        run = subprocess.Popen(command(workspace), stdout=subprocess.DEVNULL)
        wait_until_graded(workspace, count, run)
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(drawn.uniform(0.0, 0.5))  # into the running, writing and moving of the next ones
        run.send_signal(signal.SIGKILL)
        run.wait()
    again = subprocess.run(command(workspace), check=True, stdout=subprocess.PIPE)
    assert len(json.loads(again.stdout)["students"]) == 9
    assert rows(workspace) == rows(quiet)
    assert files(workspace) == files(quiet)
    assert not workspace.staging.exists()


def wait_until_graded(workspace: Workspace, count: int, run: subprocess.Popen[bytes]) -> None:
    """Wait until so many have been graded and the next one is on its way, or the run has ended by itself."""
    while run.poll() is None:
        graded = len(list(workspace.root.glob("autograded/*/*/verdict.json")))
        if graded >= count and (workspace.staging / "submitted").exists():
            return
        time.sleep(0.002)


def test_a_second_run_in_the_same_folder_is_refused(workspace: Workspace, capsys: pytest.CaptureFixture[str]):
    with workspace.locked():
        code = cli.main(command(workspace)[3:])
    assert code == 2
    assert "another run grades in" in capsys.readouterr().err


@pytest.fixture
def busy_machine() -> Iterator[None]:
    spinners = [subprocess.Popen([sys.executable, "-c", SPINNER]) for _ in range(2 * (os.cpu_count() or 1))]
    yield
    for spinner in spinners:
        spinner.kill()
        spinner.wait()


@pytest.mark.timeout(300)
def test_twenty_runs_give_the_same_points_also_on_a_busy_machine(workspace: Workspace, request: pytest.FixtureRequest):
    lab = workspace.course.lab(FOLDER)
    notebooks = [
        nbformat.read(workspace.submitted(f"s{number}", FOLDER) / f"{FOLDER}.ipynb", as_version=4)
        for number in range(len(ANSWERS))
    ]
    seen = set()
    grader = Grader(unsafe=True)
    for attempt in range(20):
        if attempt == 18:
            request.getfixturevalue("busy_machine")
        grader.secret, grader.plans = secrets.token_hex(16), {}
        found = [grader.evaluate(lab.source.resolve(), notebook) for notebook in notebooks]
        seen.add(tuple(tuple(sorted((v.check_id, v.points) for v in one.verdicts.values())) for one in found))
    grader.close()
    assert len(seen) == 1
