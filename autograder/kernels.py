"""Run a notebook in a kernel of its own: this Python, a clean environment, the same outputs every time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

from . import notebooks
from .course import Course
from .errors import ExecutionError
from .stopwatch import PATIENCE

CELL_TIMEOUT_S = 120
BUSY = 0.05  # of the time that a kernel waits for a processor: it shares the machine, and is slowed down by that
FOREIGN = re.compile(r"^(SERVICELAB|AUTOGRADER|NBGRADER|JPY|JUPYTER|IPYTHON|PYTEST)_?")
SITE_PACKAGES = re.compile(r"[^\s'\"<>]*/(?:site|dist)-packages/")
STDLIB = re.compile(r"[^\s'\"<>]*/lib/python3\.\d+/")


@dataclass(frozen=True)
class Execution:
    """An executed notebook, and how long its cells took together."""

    notebook: NotebookNode
    seconds: float


class OwnKernelManager(AsyncKernelManager):
    """Starts the Python that we run in, whatever kernels this user has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return the kernel of this environment."""
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


class Client(NotebookClient):
    """Ends at Ctrl-C with its kernel, and keeps the time."""

    def __init__(self, notebook: NotebookNode, **options: Any) -> None:
        super().__init__(notebook, **options)
        self.moments: list[tuple[float, float, float]] = []  # real time, waited for a processor, used of one
        self.interrupted = False

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        """Start the kernel; from here on an interrupt cancels us (nbclient's handler only ends the kernel)."""
        task = asyncio.current_task()
        if task is not None and threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._interrupt, task)
        await super().async_start_new_kernel(**kwargs)

    def _interrupt(self, task: asyncio.Task[Any]) -> None:
        """End at Ctrl-C; nbclient makes a dead kernel of the cancellation, so we remember where it came from."""
        self.interrupted = True
        task.cancel()

    def look_at_clock(self, **_: object) -> None:
        """Note the time."""
        waited_s = used_s = 0.0
        with contextlib.suppress(OSError, ValueError, IndexError, AttributeError):
            pid = self.km.provisioner.pid  # type: ignore[union-attr]
            waited_s = int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
            ticks = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:15]
            used_s = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        self.moments.append((time.perf_counter(), waited_s, used_s))

    def seconds(self) -> float:
        """How long the cells took together. A busy machine is no slow lab: there, processor seconds count."""
        if not self.moments:
            return 0.0
        wall_s, waited_s, used_s = (end - begin for begin, end in zip(self.moments[0], self.moments[-1], strict=True))
        return wall_s if waited_s < BUSY * wall_s else max(used_s, wall_s / PATIENCE)


def execute(course: Course, folder: str, notebook: NotebookNode, *, cell_timeout_s: int = CELL_TIMEOUT_S) -> Execution:
    """Run all cells of a lab's notebook, on through errors, and return it with its outputs.

    Args:
        course: the course; its `labs/` comes first on the kernel's path.
        folder: the lab, whose listed files lie beside the notebook while it runs.
        notebook: what to run; it is changed in place.
        cell_timeout_s: wall time that one cell may take.

    Raises:
        ExecutionError: if a cell takes too long, or the kernel dies.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-kernel-") as temporary:
        home, work = Path(temporary, "home"), Path(temporary, "work")
        home.mkdir()
        work.mkdir()
        for name in course.files.get(folder, ()):
            shutil.copyfile(course.source(folder).parent / name, work / name)
        # sockets in files: a port that was free a moment ago may be another kernel's by now
        sockets = {"transport": "ipc", "ip": str(Path(temporary, "kernel"))}
        client = Client(
            notebook,
            config=Config(OwnKernelManager=sockets),
            kernel_manager_class=OwnKernelManager,
            resources={"metadata": {"path": str(work)}},
            timeout=cell_timeout_s,
            allow_errors=True,
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,
        )
        client.on_cell_start = client.on_cell_complete = client.look_at_clock
        try:
            asyncio.run(client.async_execute(env=environment(course, home), stderr=subprocess.DEVNULL))
        except CellTimeoutError:
            raise ExecutionError(f"{folder}: a cell takes longer than {cell_timeout_s} s") from None
        except (DeadKernelError, asyncio.CancelledError):
            if client.interrupted:
                raise KeyboardInterrupt from None
            raise ExecutionError(f"{folder}: the kernel died") from None
    return Execution(notebook, client.seconds())


def environment(course: Course, home: Path) -> dict[str, str]:
    """Return the environment of a kernel: nobody's settings, no progress, no start-up files."""
    env = {key: value for key, value in os.environ.items() if not FOREIGN.match(key)}
    path = [str(course.labs_folder)] if (course.labs_folder / "servicelab").is_dir() else []
    env["PYTHONPATH"] = os.pathsep.join([*path, *filter(None, [env.get("PYTHONPATH")])])
    return env | {
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYTHONHASHSEED": "0",
        "SERVICELAB_HOME": str(home / "servicelab"),
    }


def failures(cell: NotebookNode) -> list[str]:
    """Return what nbgrader takes for a failure in a cell's outputs: errors and whatever went to stderr."""
    found = []
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            found.append(f"{output.ename}: {output.evalue}".split("\n", 1)[0])
        elif output.output_type == "stream" and output.name == "stderr":
            found.append(f"stderr: {output.text.strip()}".split("\n", 1)[0])
    return found


def normalise(course: Course, notebook: NotebookNode) -> NotebookNode:
    """Take out of the outputs, in place, what differs from run to run or from machine to machine."""
    notebooks.tidy(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
            for key in [key for key in output.get("data", {}) if key.startswith("application/vnd.jupyter.widget")]:
                del output.data[key]
            if output.output_type == "error":
                output.traceback = [_without_paths(course, line) for line in output.traceback]
        cell.outputs = [output for output in cell.outputs if output.get("data", True)]
    return notebook


def _without_paths(course: Course, text: str) -> str:
    """Return a traceback's text with the folders of this machine taken off its paths."""
    text = SITE_PACKAGES.sub("", text.replace(f"{course.labs_folder}/", "").replace(f"{course.root}/", ""))
    return STDLIB.sub("", text)
