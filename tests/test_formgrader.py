"""An instructor's formgrader in a real browser: autograde by our engine, grade by hand, give feedback back."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from autograder.classroom import Classroom
from autograder.demo import handed_in
from autograder.release import generate
from tests import browser
from tests.tiny_course import FOLDER, make_course

SHOTS = Path(__file__).parent / "screenshots"
RIGHT = "async def double(async_fn):\n    return 2 * await async_fn()\n"
FORGED = "import trio\ntrio.run = lambda *args, **kwargs: None\nprint('Passed.')\n"
CONFIG = """
from autograder.execute import configure
from autograder.release import release_preprocessors

c = get_config()
c.GenerateAssignment.preprocessors = release_preprocessors()
configure(c)
"""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
expect.set_options(timeout=browser.WAIT_S * 1000)


@pytest.fixture
def room(tmp_path: Path) -> Classroom:
    """A class in which ada has solved the exercise and mallory has forged it; both were collected from the exchange."""
    course = make_course(tmp_path / "repository")
    (course.root / "nbgrader_config.py").write_text(CONFIG)
    room = Classroom(tmp_path / "class", course)
    names = {"first_name": "", "last_name": "", "email": ""}
    room.make([{"id": "ada", **names}, {"id": "mallory", **names}])
    blank = nbformat.reads(generate(course, FOLDER), as_version=4)
    for student, answer in (("ada", RIGHT), ("mallory", FORGED)):
        folder = room.own / "submitted" / student / FOLDER
        folder.mkdir(parents=True)
        notebook = handed_in(blank, course.lab(FOLDER).notebook(), first=answer)
        notebook.cells[-1].source = "A task runs until it waits."
        (folder / f"{FOLDER}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        (folder / "timestamp.txt").write_text("2030-01-01 12:00:00 UTC")
        (folder / "submission_secret.txt").write_text(f"secret of {student}")
    return room


@contextlib.contextmanager
def formgrader(room: Classroom, scratch: Path) -> Iterator[str]:
    """Run a Jupyter server in the instructor's folder, as `jupyter lab` would; its address."""
    port = browser.free_port()
    options = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    options += ["--ServerApp.port_retries=0", "--IdentityProvider.token="]
    homes = {name: str(scratch / name.lower()) for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    log = scratch / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "jupyter_server", *options],
            cwd=room.own,
            env={**os.environ, **homes, "JUPYTER_RUNTIME_DIR": str(scratch / "runtime")},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            browser.wait_for_answer(f"http://127.0.0.1:{port}/api", process, log)
            yield f"http://127.0.0.1:{port}/formgrader"
        finally:
            browser.stop(process)


def row_of(page: Page, student: str) -> Locator:
    return page.locator("#main-table tr", has=page.locator(f".student-id:text-is('{student}')"))


def press(page: Page, student: str, button: str) -> None:
    """Press a button in a student's row and wait until it has worked."""
    row_of(page, student).locator(f".{button} a").click()
    expect(page.locator("#success-modal")).to_be_visible()
    page.locator("#success-modal").get_by_role("button", name="OK").click()
    expect(page.locator("#success-modal")).to_have_count(0)


def test_formgrader_grades_by_our_engine_and_a_person_does_the_rest(room: Classroom, tmp_path: Path) -> None:
    if browser.CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium, or SERVICELAB_CHROMIUM=/path/to/it")
    with formgrader(room, tmp_path) as address, browser.chromium() as opened:
        page = browser.new_page(opened)
        page.goto(f"{address}/manage_assignments")
        expect(page.locator("#main-table")).to_contain_text(FOLDER)
        page.screenshot(path=SHOTS / "formgrader-assignments.png")
        page.goto(f"{address}/manage_submissions/{FOLDER}")
        expect(row_of(page, "ada").locator("td").first).to_have_text("ada, ")  # who has no name in the roster
        for student in ("ada", "mallory"):
            press(page, student, "autograde")
        for student, score in (("ada", "3 / 5"), ("mallory", "0 / 5")):
            expect(row_of(page, student).locator(".score")).to_have_text(score)
        page.screenshot(path=SHOTS / "formgrader-submissions.png")
        grade_by_hand(page, address)
        page.goto(f"{address}/manage_submissions/{FOLDER}")
        press(page, "ada", "generate-feedback")
        press(page, "ada", "release-feedback")
        page.screenshot(path=SHOTS / "formgrader-released.png")
    [feedback] = (room.exchange / "tiny" / "feedback").glob("*.html")
    text = feedback.read_text(encoding="utf-8")
    assert "4.5 / 5.0" in text
    assert "Say when it goes on." in text


def grade_by_hand(page: Page, address: str) -> None:
    """Give ada points and a comment for what she wrote."""
    page.goto(f"{address}/manage_students/ada/{FOLDER}")
    page.locator("#main-table a", has_text=FOLDER).first.click()
    points = page.locator("input[id='0-interview']")
    expect(page.locator("input.extra-credit[placeholder='0']")).to_have_count(3)  # the page has fetched the grades
    points.fill("1.5")
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        points.blur()
    comment = page.locator("textarea[id='0-interview-comment']")
    comment.fill("Say when it goes on.")
    with page.expect_response(lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"):
        comment.blur()
    page.screenshot(path=SHOTS / "formgrader-by-hand.png")
