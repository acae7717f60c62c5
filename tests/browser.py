"""A student's JupyterLab in a real browser.

Theory of operation:

1. Lab runs as `make lab` starts it, with its own configuration, data, runtime and layout folders, so that nothing of
   this user's Jupyter takes part. `--LabApp.expose_app_in_browser` gives the page a `jupyterapp` to ask.
2. A command that arrives before the kernel is idle *and* connected is dropped without a word: wait for both.
3. Notebooks are drawn whole (`windowingMode: none`), or cells out of sight would have no output to look at.
4. Pages ask for things that a closed network refuses, so a failed request proves nothing; what `listening` hears does.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, sync_playwright

from servicelab import start

CHROMIUM = os.environ.get("SERVICELAB_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
WAIT_S = 120  # a laptop needs 10; a machine whose cores others use, far more
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_TEST_SETTINGS = {"@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"}}

_READY = """path => {
    const widget = window.jupyterapp?.shell?.currentWidget;
    const kernel = widget?.sessionContext?.session?.kernel;
    return widget?.context?.path === path && widget.context.isReady
        && kernel?.status === 'idle' && kernel.connectionStatus === 'connected';
}"""
_IDLE = """() => {
    const widget = jupyterapp.shell.currentWidget;
    const cells = widget.content.widgets.filter(cell => cell.model.type === 'code');
    return widget.sessionContext.session.kernel.status === 'idle'
        && cells.every(cell => cell.model.executionState !== 'running' && cell.promptNode?.textContent !== '[*]:');
}"""
_RUN_AGAIN = """([place, before]) => {
    const model = jupyterapp.shell.currentWidget.content.widgets[place].model;
    return model.executionCount !== null && model.executionCount !== before;
}"""
_CELLS = """() => jupyterapp.shell.currentWidget.content.widgets.map(cell => ({
    id: cell.model.id,
    type: cell.model.type,
    count: cell.model.type === 'code' ? cell.model.executionCount : null,
    outputs: cell.model.type === 'code' ? cell.model.outputs.toJSON() : [],
}))"""


@dataclass
class Lab:
    """A running JupyterLab."""

    root: Path
    url: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass
class Cell:
    """A notebook cell as the browser holds it."""

    id: str
    type: str
    count: int | None
    outputs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def error(self) -> str | None:
        """`name: value` of the cell's error output, if there is one."""
        errors = [f"{out['ename']}: {out['evalue']}" for out in self.outputs if out["output_type"] == "error"]
        return errors[0] if errors else None


@contextlib.contextmanager
def student_lab(labs: Path, scratch: Path) -> Iterator[Lab]:
    """Run JupyterLab over a folder of labs as `make lab` does.

    Args:
        labs: the folder that becomes the server's root; a start page is written into it.
        scratch: an empty folder for everything that Jupyter writes.
    """
    start.write_start_page(labs)
    _write_settings(scratch / "settings")
    port = free_port()
    command = start.lab_command(
        labs,
        [
            "--no-browser",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--IdentityProvider.token=",
            "--LabApp.expose_app_in_browser=True",
        ],
    )
    environment = start.lab_environment(labs, {**os.environ, **_folders(scratch)})
    log = scratch / "lab.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=labs, env=environment, stdout=out, stderr=out, start_new_session=True)
        try:
            lab = Lab(labs, f"http://127.0.0.1:{port}", process, log)
            wait_for_answer(f"{lab.url}/api", process, log)
            yield lab
        finally:
            stop(process)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless Chromium; its `new_page` is a fresh window, `listening` hears its console."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, width: int = 1300, height: int = 1100) -> Page:
    """Open a window that has seen nothing yet."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(WAIT_S * 1000)
    return page


def put_solved(labs: Path, source: Path) -> str:
    """Write a source notebook, without its outputs, into a folder of labs, as a student who has solved it all has it.

    Returns:
        The notebook's path in that folder.
    """
    return _put(labs, source, source.stem, _cells_of(source))


def put_part(labs: Path, source: Path, name: str, part: str | Sequence[str]) -> str:
    """Write some cells of a notebook, without outputs, into a folder of labs.

    Args:
        labs: the folder.
        source: the notebook.
        name: what to call the new one.
        part: the ids of the cells; or that of the cell before which it ends.

    Returns:
        The new notebook's path in the folder.
    """
    cells = _cells_of(source)
    ids = [cell["id"] for cell in cells]
    wanted = ids[: ids.index(part)] if isinstance(part, str) else part
    return _put(labs, source, name, [cells[ids.index(cell_id)] for cell_id in wanted])


def _cells_of(source: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(source.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        cell.update({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})
    return cells


def _put(labs: Path, source: Path, name: str, cells: list[dict[str, Any]]) -> str:
    notebook = json.loads(source.read_text(encoding="utf-8")) | {"cells": cells}
    target = labs / name / f"{name}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(notebook), encoding="utf-8")
    return target.relative_to(labs).as_posix()


@contextlib.contextmanager
def listening(page: Page) -> Iterator[list[str]]:
    """Give a list that fills with the page's console errors and uncaught exceptions."""
    heard: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(message.text)

    def on_error(error: object) -> None:
        heard.append(f"uncaught: {error}")

    page.on("console", on_console)
    page.on("pageerror", on_error)
    try:
        yield heard
    finally:
        page.remove_listener("console", on_console)
        page.remove_listener("pageerror", on_error)


def open_notebook(page: Page, lab: Lab, path: str) -> None:
    """Open a notebook, in the Lab that the page shows or a new one, and wait until its kernel can take a command."""
    if page.url.startswith(lab.url):
        execute(page, "docmanager:open", {"path": path})
    else:
        page.goto(f"{lab.url}/lab/tree/{path}?reset")
    wait_for_kernel(page, path)


def wait_for_kernel(page: Page, path: str) -> None:
    """Wait until the notebook is the current one and its kernel is idle and connected."""
    page.wait_for_function(_READY, arg=path)


def execute(page: Page, command: str, args: Mapping[str, Any] | None = None) -> None:
    """Execute one of JupyterLab's commands and wait for it."""
    page.evaluate(
        "([command, args]) => jupyterapp.commands.execute(command, args).then(() => null)", [command, dict(args or {})]
    )


def run_all(page: Page) -> list[Cell]:
    """Run the notebook until its end or first error and return its cells."""
    execute(page, "notebook:run-all-cells")
    wait_until_idle(page)
    return cells(page)


def wait_until_idle(page: Page) -> None:
    """Wait until the kernel has nothing to do, and every cell that was run has ended."""
    page.wait_for_function(_IDLE)


def active_cell(page: Page) -> int:
    """The place of the selected cell."""
    place: int = page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex")
    return place


def run_cells(page: Page, ids: Sequence[str]) -> dict[str, Cell]:
    """Run some cells of the current notebook, one after the other, and return them by id.

    Raises:
        KeyError: if one of them is not there.
    """
    known = [cell.id for cell in cells(page)]
    for cell_id in ids:
        if cell_id not in known:
            raise KeyError(f"no cell {cell_id!r} in this notebook")
        page.evaluate(
            "place => { jupyterapp.shell.currentWidget.content.activeCellIndex = place }", known.index(cell_id)
        )
        execute(page, "notebook:run-cell")
    wait_until_idle(page)
    return {cell.id: cell for cell in cells(page) if cell.id in ids}


def advance(page: Page) -> None:
    """Run the selected cell with Shift+Enter; returns when the next one is selected."""
    place = active_cell(page)
    page.keyboard.press("Shift+Enter")
    page.wait_for_function("place => jupyterapp.shell.currentWidget.content.activeCellIndex > place", arg=place)


def run_with(page: Page, key: str) -> Cell:
    """Press a key that runs the selected cell, wait until it has run, and return it."""
    place = active_cell(page)
    before = cells(page)[place].count
    page.keyboard.press(key)
    page.wait_for_function(_RUN_AGAIN, arg=[place, before])
    wait_until_idle(page)
    return cells(page)[place]


def select_cell(page: Page, cell_id: str) -> None:
    """Select a cell with the arrow keys.

    Raises:
        AssertionError: if they do not lead there.
    """
    goal = [cell.id for cell in cells(page)].index(cell_id)
    page.keyboard.press("Escape")  # our widgets give the focus back to their cell
    for _ in range(200):
        here = active_cell(page)
        if here == goal:
            return
        page.keyboard.press("ArrowDown" if goal > here else "ArrowUp")
    raise AssertionError(f"the arrow keys do not lead to {cell_id}")


def cell_node(page: Page, cell_id: str) -> Locator:
    """The part of the page that shows a cell of the current notebook."""
    place = [cell.id for cell in cells(page)].index(cell_id)
    return page.locator(f'.jp-NotebookPanel:visible .jp-Cell[data-windowed-list-index="{place}"]')


def tab_to(page: Page, goal: Locator, limit: int = 60) -> None:
    """Press Tab until an element has the focus.

    Raises:
        AssertionError: if it cannot be reached.
    """
    goal = goal.first
    goal.wait_for()
    for _ in range(limit):
        if goal.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached by {limit} times Tab: {goal}")


def cells(page: Page) -> list[Cell]:
    """Return the cells of the current notebook."""
    return [Cell(**cell) for cell in page.evaluate(_CELLS)]


def free_port() -> int:
    """Return a TCP port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the address answers.

    Raises:
        RuntimeError: when the process has ended or time is up; holds the end of its log.
    """
    deadline = time.monotonic() + WAIT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)  # another process starts: there is nothing to wait on
    raise RuntimeError(f"no answer from {url}:\n{log.read_text(errors='replace')[-3000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started in its session (a server, its kernels)."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _folders(scratch: Path) -> dict[str, str]:
    names = {
        "HOME": "home",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "SERVICELAB_HOME": "progress",
    }
    (scratch / "home").mkdir(parents=True)
    return {variable: str(scratch / name) for variable, name in names.items()}


def _write_settings(folder: Path) -> None:
    for plugin, settings in _TEST_SETTINGS.items():
        file = folder / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
