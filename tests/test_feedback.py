"""A feedback page, as a student opens it on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from autograder.demo import handed_in
from autograder.execute import Grader
from autograder.grade import grade
from autograder.pages import ticked
from autograder.release import generate
from autograder.workspace import Workspace
from tests import browser
from tests.tiny_course import FOLDER, hand_in, make_course

WRONG = """\
import trio
from IPython.display import HTML, display

display(HTML("<script>document.title = 'owned'</script><b onclick='x'>bold</b><img src='http://example.org/x.png'>"))
cover = "position: fixed; top: 0; left: 0; width: 100vw; height: 100vh; background: white; z-index: 9"
display(HTML(f'<div class="score" style="{cover}">Score: 5.0 / 5.0</div>'))
display(HTML('<div style="margin-top: -90000px; height: 90000px; background: white">Score: 5.0 / 5.0</div>'))


async def double(async_fn):
    values = []  # a comment that is much too long for a phone, and goes on, and goes on, and goes on, and goes on

    async def fetch():
        values.append(await async_fn())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(fetch)
    return f"<script>document.title = 'owned'</script>{values}"
"""
FORGED = """\
import dataclasses
from servicelab import lanes_json


def astuple(row):
    told = list(dataclasses.astuple(row))
    return [MARKUP if type(value) is str and value not in KINDS else value for value in told]


MARKUP = "</text></svg><script>document.title = 'owned'</script><img src=x onerror=alert(1)>"
KINDS = ("run", "ready", "sleep", "children", "start", "wake")
lanes_json.astuple = astuple


async def double(async_fn):
    await trio.sleep(1)
    return 0
"""
ON_TOP = """node => {
    node.scrollIntoView({block: 'center'});
    const box = node.getBoundingClientRect();
    return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === node;
}"""
WRITTEN = "I think <script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\"> so."


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    course = make_course(tmp_path_factory.mktemp("course"))
    workspace = Workspace(tmp_path_factory.mktemp("class"), course)
    blank, lab = nbformat.reads(generate(course, FOLDER), as_version=4), course.lab(FOLDER)
    for student, code in (("ada", WRONG), ("mallory", FORGED)):
        notebook = handed_in(blank, lab.notebook(), first=code)
        notebook.cells[-1].source = WRITTEN
        hand_in(workspace, student, notebook)
    grader = Grader(unsafe=True)
    assert {row.student: row.score for row in grade(workspace, lab, grader)} == {"ada": 2.0, "mallory": 0.0}
    grader.close()
    return workspace


@pytest.fixture
def address(workspace: Workspace) -> str:
    return workspace.feedback("ada", FOLDER).as_uri()


def checks_of(workspace: Workspace, student: str) -> tuple[str, str]:
    """What the student's page says of the open check, and of the hidden one."""
    text = workspace.feedback(student, FOLDER).read_text(encoding="utf-8")
    _, open_check, hidden_check = re.split(r'id="0_1-(?:doubles|waits)"', text)
    return open_check, hidden_check


@pytest.fixture
def page() -> Iterator[Page]:
    if browser.CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium, or SERVICELAB_CHROMIUM=/path/to/it")
    with browser.chromium() as opened:
        yield browser.new_page(opened, width=390, height=844)


@pytest.mark.browser
def test_a_phone_shows_what_was_promised_what_happened_and_where_to_look(address: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    card = page.locator(".card")
    expect(card).to_have_count(1)
    for part in ("Not yet: double returns twice the value.", "Promised", "Happened", "Look at", "hint 1"):
        expect(card).to_contain_text(part)
    card.get_by_role("link", name="The timeline of this run").click()
    expect(page.locator("#told-0_1-doubles")).to_be_in_viewport()
    assert page.locator(".toc a").all_inner_texts() == [
        "double returns twice the value",
        "double takes as long as the function",
        "Your written answer",
    ]
    expect(page.locator("svg[aria-label^='Task timeline']").first).to_be_visible()
    expect(page.locator("svg[aria-label^='The run that failed']")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (page.title(), asked) == (f"{FOLDER}: feedback", [address])
    folder = Path(__file__).parent / "screenshots"
    page.screenshot(path=folder / "feedback-phone.png", full_page=True)


@pytest.mark.browser
def test_nothing_of_a_student_is_drawn_over_the_score(address: str, page: Page) -> None:
    page.goto(address)
    expect(page.locator(".output_area div.score")).to_be_attached()
    for ours in ("body > .score", ".card > p", ".toc li:first-child span:last-child"):
        assert page.locator(ours).first.evaluate(ON_TOP), ours


def test_what_stands_between_backticks_is_code_and_nothing_is_markup() -> None:
    assert ticked("`a < b` is <b>") == "<code>a &lt; b</code> is &lt;b&gt;"


def test_below_the_message_of_a_check_stands_the_run_that_failed_it(workspace: Workspace) -> None:
    open_check, hidden_check = checks_of(workspace, "ada")
    message, picture = open_check.split("<svg", 1)
    assert "Not yet: double returns twice the value." in message
    assert re.search(r'role="img" aria-label="The run that failed: 2 tasks, 0 virtual s, \d+ steps"', picture)
    assert re.findall(r">(check|fetch)</text>", picture) == ["check", "fetch"]
    assert "The run that failed" not in hidden_check


def test_a_forged_timeline_does_nothing_and_hidden_checks_have_none(workspace: Workspace) -> None:
    open_check, hidden_check = checks_of(workspace, "mallory")
    assert 'aria-label="The run that failed: 1 task, 1 virtual s' in open_check
    assert "&lt;script&gt;" in open_check
    assert "Not yet: double takes as long as the function." in hidden_check
    assert "The run that failed" not in hidden_check


@pytest.mark.browser
def test_a_forged_timeline_does_nothing_in_a_browser(workspace: Workspace, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = workspace.feedback("mallory", FOLDER).as_uri()
    page.goto(address)
    expect(page.locator("svg[aria-label^='The run that failed']")).to_be_visible()
    assert (page.title(), asked) == (f"{FOLDER}: feedback", [address])


@pytest.mark.parametrize("student", ["ada", "mallory"])
def test_the_page_holds_no_script_and_no_hidden_check(workspace: Workspace, student: str) -> None:
    text = workspace.feedback(student, FOLDER).read_text(encoding="utf-8")
    assert "<script" not in text
    assert not re.search(r"<[^>]*onerror", text)
    assert "default-src 'none'" in text
    assert "hidden_delay" not in text
    assert "BEGIN HIDDEN" not in text
