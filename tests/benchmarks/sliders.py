"""From an arrow key on a slider to the redrawn picture, in a real browser: the panel of each lab, solved.

The time is the browser's own: from the key's event to the frame after the picture has changed.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import find_course
from tests import browser

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOVES = 15
PANEL = "explore-panel"
_WATCH = """cell => {
    const out = cell.querySelector('.jp-OutputArea');
    let pressed = 0;
    window.measured = [];
    document.addEventListener('keydown', event => { pressed = event.timeStamp; }, true);
    new MutationObserver(changes => {
        if (pressed && changes.some(change => change.target.closest('.widget-html'))) {
            const since = pressed;
            pressed = 0;
            requestAnimationFrame(now => window.measured.push(performance.now() - since));
        }
    }).observe(out, {childList: true, subtree: true, characterData: true});
}"""


def measure() -> dict[str, object]:
    """Move the first slider of every panel that there is.

    Returns:
        `slider_ms`: the median of the slowest panel; `slider_ms_by_lab`: the median of each.

    Raises:
        RuntimeError: if there is no Chromium.
    """
    if browser.CHROMIUM is None:
        raise RuntimeError("needs Chromium: apt-get install chromium, or SERVICELAB_CHROMIUM=/path/to/it")
    course = find_course(Path(__file__).resolve().parents[2])
    medians = {}
    with tempfile.TemporaryDirectory(prefix="sliders-") as scratch:
        labs = Path(scratch) / "labs"
        paths = [browser.put_solved(labs, course.source(folder)) for folder in course.folders]
        with browser.student_lab(labs, Path(scratch)) as lab, browser.chromium() as chromium:
            for path in paths:
                page = browser.new_page(chromium)
                browser.open_notebook(page, lab, path)
                browser.run_all(page)
                medians[path.split("-")[0]] = round(statistics.median(_moves(page)), 1)
                page.close()
    return {"slider_ms": max(medians.values()), "slider_ms_by_lab": medians}


def _moves(page: Page) -> list[float]:
    """Press an arrow key again and again; the milliseconds until each redrawn picture."""
    cell = browser.cell_node(page, PANEL)
    cell.evaluate(_WATCH)
    handle = cell.locator(".noUi-handle").first
    handle.focus()
    for move in range(MOVES):
        page.keyboard.press("ArrowRight" if move % 2 == 0 else "ArrowLeft")
        page.wait_for_function("count => window.measured.length > count", arg=move)
    return list(page.evaluate("window.measured"))
