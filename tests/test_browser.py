"""A student's day in a real browser: by keyboard alone, by mouse, and for those who cannot see the pictures.

One JupyterLab and one window serve all tests: to load Lab takes longer than most of them. What it looks like is kept in
`tests/screenshots`, for people.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from servicelab.saving import WIDGET
from tests import browser

ROOT = Path(__file__).resolve().parent.parent
LABS = ROOT / "labs"
SHOTS = ROOT / "tests" / "screenshots"
FIRST = "00-first-nursery/00-first-nursery.ipynb"
WIDGETS = "widgets/widgets.ipynb"
GAME = ["setup", "setup-imports", "first-run-code", "race-store", "race-quick-store", "race-counter", "race-game-code"]
RIGHT = """async def gather(*async_fns):
    results = [None] * len(async_fns)
    async def keep(place, async_fn):
        results[place] = await async_fn()
    async with trio.open_nursery() as nursery:
        for place, async_fn in enumerate(async_fns):
            nursery.start_soon(keep, place, async_fn)
    return results"""
WRONG = """async def gather(*async_fns):
    return [await async_fn() for async_fn in async_fns]"""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
expect.set_options(timeout=browser.WAIT_S * 1000)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Lab]:
    if browser.CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium, or SERVICELAB_CHROMIUM=/path/to/it")
    if not (LABS / FIRST).exists():
        pytest.skip(f"labs/{FIRST} is not there: make release")
    SHOTS.mkdir(exist_ok=True)
    scratch = tmp_path_factory.mktemp("lab")
    labs = scratch / "labs"
    shutil.copytree(LABS, labs, ignore=shutil.ignore_patterns("servicelab", ".ipynb_checkpoints"))
    ids = [cell["id"] for cell in json.loads((LABS / FIRST).read_text(encoding="utf-8"))["cells"]]
    part = [*ids[: ids.index("e2")], "explore", "explore-panel"]  # else half of the time goes into arrow keys
    browser.put_part(labs, LABS / FIRST, Path(FIRST).stem, part)
    with browser.student_lab(labs, scratch) as running:
        yield running


@pytest.fixture(scope="module")
def window(lab: browser.Lab) -> Iterator[Page]:
    with browser.chromium() as chromium:
        yield browser.new_page(chromium)


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    with browser.listening(window) as heard:
        yield window
    assert heard == []  # errors in the browser's console


def shot(page: Page, name: str) -> None:
    page.screenshot(path=SHOTS / f"{name}.png")


def run_here(page: Page, cell_id: str) -> browser.Cell:
    """Run a cell with the keyboard and return it."""
    browser.select_cell(page, cell_id)
    return browser.run_with(page, "Control+Enter")


def write_into(page: Page, cell_id: str, source: str) -> None:
    browser.select_cell(page, cell_id)
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)
    page.keyboard.press("Escape")


def press_button(page: Page, cell_id: str, name: str, start: str = "") -> None:
    """Reach a button in a cell's output with Tab, from the cell or the one where to start, and press it."""
    browser.select_cell(page, start or cell_id)
    button = browser.cell_node(page, cell_id).get_by_role("button", name=name)
    browser.tab_to(page, button)
    expect(button).to_be_enabled()
    page.keyboard.press("Enter")


def move_slider(page: Page, cell_id: str, key: str, expected: str) -> None:
    """Reach the first slider of a cell's output with Tab, press a key, and wait for what the output says then."""
    browser.select_cell(page, cell_id)
    out = browser.cell_node(page, cell_id).locator(".jp-OutputArea")
    browser.tab_to(page, out.get_by_role("slider"))
    page.keyboard.press(key)
    expect(out).to_contain_text(expected)


def test_a_student_solves_an_exercise_with_the_keyboard_alone(lab: browser.Lab, page: Page) -> None:
    page.goto(lab.url)
    page.wait_for_url("**/lab/tree/START.md")
    expect(page.get_by_role("heading", name="How to begin")).to_be_visible()
    assert page.locator(".jp-Dialog, .Toastify__toast").all_inner_texts() == []
    assert page.get_by_role("menuitem", name=re.compile("nbgrader", re.I)).all_inner_texts() == []
    shot(page, "start")
    browser.tab_to(page, page.locator(f".jp-MarkdownViewer td a[href*='{FIRST}']"))
    page.keyboard.press("Enter")
    browser.wait_for_kernel(page, FIRST)

    for _ in range([cell.id for cell in browser.cells(page)].index("e1-stub")):
        browser.advance(page)
    browser.wait_until_idle(page)
    press_button(page, "predict-question", "○ 6 s: one after the other")
    press_button(page, "predict-question", "Keep my prediction")
    expect(page.get_by_text("Kept: 6 s")).to_be_visible()
    run_here(page, "predict-reveal")
    expect(page.get_by_text("As you predicted: 6 s")).to_be_visible()

    run_here(page, "e1-stub")
    assert "is not written yet" in str(run_here(page, "e1-check-at-once").error)
    write_into(page, "e1-stub", WRONG)
    run_here(page, "e1-stub")
    failed = run_here(page, "e1-check-at-once")
    assert failed.error == "NotYet: Not yet: all functions run at the same time."
    move_slider(page, "e1-check-at-once", "ArrowRight", "step 1 of")
    move_slider(page, "e1-check-at-once", "End", "✗ raised here")
    shot(page, "replay")

    browser.select_cell(page, "e1-try-after")  # the arrow keys pass over a cell whose source is folded away
    browser.advance(page)
    browser.run_with(page, "Shift+Enter")
    press_button(page, "e1-hints", "Hint 1 of 3", start="e1-try-after")
    expect(page.get_by_text("Hint 1 of 3", exact=True)).to_be_visible()
    write_into(page, "e1-stub", RIGHT)
    run_here(page, "e1-stub")
    passed = run_here(page, "e1-check-at-once")
    assert (passed.error, passed.outputs[0]["text"].split(" (")[0]) == (
        None,
        "Passed: all functions run at the same time",
    )
    run_here(page, "explore-panel")
    move_slider(page, "explore-panel", "ArrowRight", "6 tasks · 5 virtual s")
    shot(page, "panel")

    with page.expect_response(lambda answer: answer.request.method == "PUT" and FIRST in answer.url):
        page.keyboard.press("Control+S")
    saved = [
        output for cell in json.loads((lab.root / FIRST).read_text())["cells"] for output in cell.get("outputs", ())
    ]
    assert [output for output in saved if "text/html" in output.get("data", {}) and WIDGET in output["data"]] == []
    assert sum("text/html" in output.get("data", {}) for output in saved) > 5
    progress = json.loads((lab.root.parent / "progress" / "progress.json").read_text())
    check = progress["checks"]["0.1-at-once"]
    assert (check["passed"], check["attempts_to_pass"]) == (True, 3)
    assert (progress["hints"]["0.1"]["opened"], progress["predictions"]["00-look-up"]["right"]) == (1, True)


def test_with_the_mouse_a_bar_tells_more_and_a_click_is_lost_in_under_ten(lab: browser.Lab, page: Page) -> None:
    browser.open_notebook(page, lab, browser.put_part(lab.root, LABS / FIRST, "mouse", GAME))
    assert [cell.error for cell in browser.run_all(page)] == [None] * len(GAME)
    bar = browser.cell_node(page, "first-run-code").locator("svg rect:has(title)").first
    bar.hover()
    assert bar.evaluate("node => [...document.querySelectorAll(':hover')].at(-1) === node")
    assert bar.locator("title").text_content() == "greet: waits for its time to come\n0-3 s (3 s)\nin greet, line 2"

    game = browser.cell_node(page, "race-game-code").locator(".jp-OutputArea")
    clicks = 0
    while "You broke it" not in game.inner_text() and clicks < 10:
        clicks += 1
        game.get_by_role("button", name=f"let add(clicks, 1) {2 - clicks % 2} go on").click()
        expect(game).to_contain_text(f"{clicks} choice")
    shot(page, "scheduler")
    assert clicks == 5
    expect(game).to_contain_text("The explorer tried all 20 orders: 12 of them break it.")


@pytest.mark.parametrize("solved", [False, True], ids=["unsolved", "solved"])
def test_validate_says_what_is_not_done(lab: browser.Lab, page: Page, solved: bool) -> None:
    source = ROOT / ("solutions" if solved else "labs") / FIRST
    name = "solved" if solved else "unsolved"
    browser.open_notebook(page, lab, browser.put_part(lab.root, source, name, "e2"))
    page.locator(".jp-NotebookPanel:visible").get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Validation Results")
    expect(dialog).to_contain_text("Success" if solved else "0.1")
    shot(page, f"validate-{name}")
    dialog.get_by_role("button").last.click()


def test_our_widgets_keep_nobody_out(lab: browser.Lab, page: Page) -> None:
    put_widgets(lab)
    browser.open_notebook(page, lab, WIDGETS)
    assert [cell.error for cell in browser.run_all(page) if cell.id != "failing"] == [None] * (len(CELLS) - 1)
    for details in page.locator(".jp-OutputArea details").all():
        details.evaluate("node => { node.open = true }")
    page.locator(".jp-OutputArea").last.scroll_into_view_if_needed()
    found = Axe().run(page, context=".jp-Notebook .jp-OutputArea").response
    shot(page, "widgets")
    told = [
        (fault["id"], fault["impact"], [node["html"][:300] for node in fault["nodes"]])
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert told == []
    assert len(found["passes"]) > 10  # it has looked


def test_a_dashboard_shows_what_a_service_does_and_turns_its_switches(lab: browser.Lab, page: Page) -> None:
    put_widgets(lab)
    browser.open_notebook(page, lab, WIDGETS)
    for name in ("setup", "dashboard"):
        assert run_here(page, name).error is None
    out = browser.cell_node(page, "dashboard").locator(".jp-OutputArea")
    run_here(page, "crowd")
    expect(out).to_contain_text("20 2xx")
    press_button(page, "dashboard", "hangs")
    run_here(page, "crowd")
    expect(out).to_contain_text("20 5xx")
    expect(out.locator("svg")).to_have_count(3)
    browser.cell_node(page, "dashboard").scroll_into_view_if_needed()
    shot(page, "dashboard")
    press_button(page, "dashboard", "Stop")
    expect(out).to_contain_text("The service is stopped.")
    press_button(page, "dashboard", "Start")
    expect(out).to_contain_text("none in the last seconds")
    press_button(page, "dashboard", "Stop")
    expect(out).to_contain_text("The service is stopped.")


def put_widgets(lab: browser.Lab) -> None:
    """A notebook with one of each of our widgets and pictures."""
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in CELLS.items()]
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
    (lab.root / WIDGETS).parent.mkdir(exist_ok=True)
    nbformat.write(notebook, lab.root / WIDGETS)


CELLS = {
    "setup": "%load_ext servicelab",
    "imports": "import trio\nfrom servicelab import *\nfrom servicelab.live import switch",
    "program": """async def worker(n):
    mark("got ticket")
    with trio.move_on_after(n):
        await trio.sleep(2)

async def main():
    async with trio.open_nursery() as tasks:
        tasks.start_soon(worker, 1)
        tasks.start_soon(worker, 3)""",
    "timeline": "run(main)",
    "prediction": """from servicelab.predictions import seal
predict("a-question", "Which one?", ["this one", "that one"], seal("a-question", "this one"))""",
    "hints": "%%hints 0.1\na question\n---\na pointer",
    "panel": """from servicelab.charts import lines, histogram, percentiles, bars

def picture(n, mode):
    values = [(x, x * n) for x in range(9)]
    return [lines({mode: values}, "x", "y"), histogram([y for _, y in values], "y"),
            percentiles({mode: [y for _, y in values]}, "y"), bars({mode: n}, "n")]

panel("A panel", picture, n=(1, 9, 1, 3), mode=["calm", "wild"])""",
    "flame": """from servicelab.profiles import Frame, Profile
from collections import Counter
main_, parse = Frame("main", "main.py", 1), Frame("parse", "main.py", 9)
Profile(Counter({(main_, parse): 3.0, (main_,): 1.0}))""",
    "progress": "progress()",
    "switch": "switch('mood', print, ['all is well', 'DB_FAILURE'])",
    "game": """async def check():
    await main()
    assert trio.current_time() == 1, "it ends after a second"

be_the_scheduler(check)""",
    "channels": """async def hands_over():
    outlet, inlet = trio.open_memory_channel(1)
    await outlet.send("a letter")
    await trio.sleep(1)
    return await inlet.receive()

run(hands_over, channels=True)""",
    "tree": """from servicelab.waits import task_tree

async def looks():
    return task_tree()

run(looks, draw=False)""",
    "dashboard": """from servicelab.dashboard import dashboard
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

mood = {"database": "works"}

async def hello(request):
    return PlainTextResponse("hello", 200 if mood["database"] == "works" else 503)

turn = lambda option: mood.update(database=option)
service = dashboard(Starlette(routes=[Route("/", hello)]), gauges={"free tickets": lambda: 3},
                    switches={"database": (turn, ["works", "hangs"])})""",
    "crowd": "for _ in range(20): service.get('/')",
    "failing": "verify(check)",  # the last: nothing is run after an error
}
