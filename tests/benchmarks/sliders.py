"""From an arrow key on a slider to the redrawn picture, in a real browser: the panel of each lab, solved.

The time is the browser's own: from the key's event to the frame after the picture has changed.
"""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import TimeoutError

from autograder.course import find_course
from tests import browser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Locator, Page

MOVES = 15
LONGEST_MS = 3_000
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
    """Move a slider of every panel that there is.

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
    there, back = _slider_that_redraws(page, cell.locator(".noUi-handle").all())
    for move in range(MOVES):
        page.keyboard.press(back if move % 2 == 0 else there)
        page.wait_for_function("count => window.measured.length > count", arg=move + 1)
    return list(page.evaluate("window.measured"))


def _slider_that_redraws(page: Page, handles: Sequence[Locator]) -> tuple[str, str]:
    """Focus the first slider with a neighbouring value that changes the picture; the key that goes there, and back."""
    for handle in handles:
        handle.focus()
        for there, back in (("ArrowRight", "ArrowLeft"), ("ArrowLeft", "ArrowRight")):
            page.keyboard.press(there)
            with contextlib.suppress(TimeoutError):
                page.wait_for_function("window.measured.length > 0", timeout=LONGEST_MS)
                return there, back
            page.keyboard.press(back)
    raise RuntimeError(f"no slider changes the picture within {LONGEST_MS} ms")
