"""A feedback page, as a student opens it on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from autograder.demo import handed_in
from autograder.execute import Grader
from autograder.grade import grade
from autograder.release import generate
from autograder.workspace import Workspace
from tests import browser
from tests.tiny_course import FOLDER, hand_in, make_course

WRONG = """\
import trio
from IPython.display import HTML, display

display(HTML("<script>document.title = 'owned'</script><b onclick='x'>bold</b><img src='http://example.org/x.png'>"))


async def double(async_fn):
    value = await async_fn()  # a comment that is much too long for a phone, and goes on, and goes on, and goes on
    return f"<script>document.title = 'owned'</script>{value}"
"""
WRITTEN = "I think <script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\"> so."


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    course = make_course(tmp_path_factory.mktemp("course"))
    workspace = Workspace(tmp_path_factory.mktemp("class"), course)
    notebook = handed_in(
        nbformat.reads(generate(course, FOLDER), as_version=4), course.lab(FOLDER).notebook(), first=WRONG
    )
    notebook.cells[-1].source = WRITTEN
    hand_in(workspace, "ada", notebook)
    grader = Grader(unsafe=True)
    assert [row.score for row in grade(workspace, course.lab(FOLDER), grader)] == [2.0]
    grader.close()
    return workspace.feedback("ada", FOLDER).as_uri()


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
    assert page.locator(".toc a").all_inner_texts() == [
        "double returns twice the value",
        "double takes as long as the function",
        "Your written answer",
    ]
    expect(page.locator("svg[aria-label^='Task timeline']").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (page.title(), asked) == (f"{FOLDER}: feedback", [address])
    folder = Path(__file__).parent / "screenshots"
    page.screenshot(path=folder / "feedback-phone.png", full_page=True)


def test_the_page_holds_no_script_and_no_hidden_check(address: str) -> None:
    text = Path(address.removeprefix("file://")).read_text(encoding="utf-8")
    assert "<script" not in text
    assert "onerror" not in text.replace("onerror=&quot;", "")
    assert "default-src 'none'" in text
    assert "hidden_delay" not in text
    assert "BEGIN HIDDEN" not in text
