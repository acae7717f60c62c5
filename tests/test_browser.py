"""A student's first minutes, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from servicelab.saving import WIDGET
from tests import browser

LABS = Path(__file__).resolve().parent.parent / "labs"
FIRST = "00-first-nursery/00-first-nursery.ipynb"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
expect.set_options(timeout=browser.WAIT_S * 1000)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Lab]:
    if browser.CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium, or SERVICELAB_CHROMIUM=/path/to/it")
    if not (LABS / FIRST).exists():
        pytest.skip(f"labs/{FIRST} is not there: make release")
    scratch = tmp_path_factory.mktemp("lab")
    labs = scratch / "labs"
    shutil.copytree(LABS, labs, ignore=shutil.ignore_patterns("servicelab", ".ipynb_checkpoints"))
    with browser.student_lab(labs, scratch) as running:
        yield running


@pytest.fixture
def page(lab: browser.Lab) -> Iterator[Page]:
    with browser.chromium() as opened:
        yield opened


def test_make_lab_opens_a_rendered_start_page(lab: browser.Lab, page: Page) -> None:
    errors = browser.listen(page)
    page.goto(lab.url)
    page.wait_for_url("**/lab/tree/START.md")
    expect(page.get_by_role("heading", name="How to begin")).to_be_visible()
    assert errors == []


def test_no_panel_of_nbgrader_or_news_asks_for_attention(lab: browser.Lab, page: Page) -> None:
    page.goto(f"{lab.url}/lab/tree/START.md?reset")
    expect(page.get_by_role("heading", name="How to begin")).to_be_visible()
    assert page.locator(".jp-Dialog, .Toastify__toast").all_inner_texts() == []
    assert page.get_by_role("menuitem", name=re.compile("nbgrader", re.I)).all_inner_texts() == []


def test_a_link_of_the_start_page_opens_the_lab(lab: browser.Lab, page: Page) -> None:
    page.goto(f"{lab.url}/lab/tree/START.md?reset")
    page.locator(f".jp-MarkdownViewer a[href*='{FIRST}'], .jp-MarkdownViewer td a").first.click()
    browser.wait_for_kernel(page, FIRST)


def test_the_first_lab_runs_up_to_the_first_exercise(lab: browser.Lab, page: Page) -> None:
    browser.open_notebook(page, lab, FIRST)
    cells = browser.run_all(page)
    assert [(cell.id.split("-")[0], "Exercise 0.1" in cell.error) for cell in cells if cell.error] == [("e1", True)]


def test_a_saved_lab_keeps_the_pictures_and_not_the_widgets(lab: browser.Lab, page: Page) -> None:
    browser.open_notebook(page, lab, FIRST)
    shown = [output["data"] for cell in browser.run_all(page) for output in cell.outputs if "data" in output]
    assert any(WIDGET in data and "text/html" in data for data in shown)
    with page.expect_response(lambda answer: answer.request.method == "PUT" and FIRST in answer.url):
        browser.execute(page, "docmanager:save")
    cells = json.loads((lab.root / FIRST).read_text(encoding="utf-8"))["cells"]
    saved = [output["data"] for cell in cells for output in cell.get("outputs", ()) if "data" in output]
    assert [data for data in saved if WIDGET in data and "text/html" in data] == []
    assert len(saved) == len(shown)


def test_validate_names_what_is_not_done(lab: browser.Lab, page: Page) -> None:
    errors = browser.listen(page)
    browser.open_notebook(page, lab, FIRST)
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Validation Results")
    expect(dialog).to_contain_text("0.1")
    assert errors == []
