"""What runs inside the jail: student cells in one shell, each graded check in a process of its own.

Theory of operation
===================
1. Requests and replies are JSON lines. `cell` runs source in the shell and answers with its outputs.
2. `check` forks. The child has the names that the student's cells have defined, runs
   `servicelab.observe.run_check`, and sends each event through a pipe of its own. A check that hangs, calls
   `os._exit` or crashes loses only itself, and what it has sent until then is still delivered.
3. Nothing that is said here is believed: whoever reads the replies compares the observations with what was expected.
   The limits here keep an unlucky student's notebook going; the host has its own for all of them.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .shell import Outputs, Shell, Stream, error_output, make_shell
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    RunCheck = Callable[[dict[str, Any], str, list[list[int]], str, Callable[[list[Any]], None]], None]

CELL_LIMIT_S = 10.0
CHECK_LIMIT_S = 20.0
MAX_CHECK_BYTES = 16 << 20
FIRST_FD = 200  # requests and replies live here, out of the way of student code
_CHUNK = 1 << 16
_dumps, _loads, _write = json.dumps, json.loads, os.write


class CellTimeout(BaseException):
    """Raised in a cell that takes too long; a BaseException, so that `except Exception` does not swallow it."""


@dataclass
class Session:
    """One notebook's shell and the function that runs checks, taken before any student code.

    Attributes:
        shell: where cells run.
        run_check: `servicelab.observe.run_check`.
        armed: whether the alarm means the running cell.
        watch: the running cell's limit.
    """

    shell: Shell
    run_check: RunCheck
    armed: bool = False
    watch: Stopwatch = field(default_factory=lambda: Stopwatch(CELL_LIMIT_S))

    def ring(self, _signal: int, _frame: FrameType | None) -> None:
        """Stop the running cell, unless it has only waited for a processor."""
        if not self.armed:
            return
        if left_s := self.watch.left_s():
            signal.setitimer(signal.ITIMER_REAL, max(left_s, 0.05), 1.0)
        else:
            raise CellTimeout(f"the cell was stopped after {self.watch.limit_s:g} s")


def prepare() -> Session:
    """Make the shell and run a first cell in it, so that the first one of a student is as fast as the others."""
    from servicelab.observe import run_check

    with tempfile.TemporaryDirectory(prefix="servicelab-ipython-") as folder:
        shell = make_shell(folder)
        for source in ("1", "1 / 0"):  # an error costs 0.2 s of imports the first time
            _run_source(shell, source)
    shell.reset()  # type: ignore[no-untyped-call]
    shell.outputs.clear()
    return Session(shell, run_check)


def serve(session: Session, requests: int, replies: int) -> None:
    """Answer requests until they end.

    Args:
        session: from `prepare`.
        requests: file descriptor to read from.
        replies: file descriptor to write to.
    """
    signal.signal(signal.SIGALRM, session.ring)
    sys.stdout, sys.stderr = Stream("stdout", session.shell.outputs), Stream("stderr", session.shell.outputs)
    answers = {"files": write_files, "cell": run_cell, "check": run_check}
    with os.fdopen(requests, "rb") as lines:
        for line in lines:
            request = _loads(line)
            reply = answers[request["op"]](session, request)
            send(replies, {"index": request["index"], **reply})


def send(fd: int, message: Any) -> None:
    """Write one JSON line."""
    data = memoryview(_dumps(message).encode() + b"\n")
    while data:
        data = data[_write(fd, data) :]


def write_files(_session: Session, request: Mapping[str, Any]) -> dict[str, Any]:
    """Put files into the work folder."""
    for name, data in request["files"].items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))
    return {"ok": True}


def run_cell(session: Session, request: Mapping[str, Any]) -> dict[str, Any]:
    """Run one cell of the student in the shell."""
    session.watch = Stopwatch(request.get("limit_s", CELL_LIMIT_S))
    outputs = session.shell.outputs
    outputs.clear()
    ok, error = False, None
    try:
        session.armed = True
        # it rings again: a cell may catch everything
        signal.setitimer(signal.ITIMER_REAL, session.watch.limit_s, 1.0)
        ok, error = _run_source(session.shell, request["source"])
    except CellTimeout as late:
        error = "timeout"
        outputs.add(error_output("CellTimeout", str(late), [str(late)]))
    except BaseException as escaped:
        error = type(escaped).__name__
    finally:
        session.armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {"ok": ok, "error": error, "outputs": outputs.collected()}


def _run_source(shell: Shell, source: str) -> tuple[bool, str | None]:
    result = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
    error = result.error_in_exec or result.error_before_exec
    if error is None:
        return True, None
    return False, "timeout" if isinstance(error, CellTimeout) else type(error).__name__


def run_check(session: Session, request: Mapping[str, Any]) -> dict[str, Any]:
    """Run one graded check in a child process; whatever happens to it, tell what it has sent."""
    events, events_w = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(events)
        _observe(session, request, events_w)
    os.close(events_w)
    watch = Stopwatch(request.get("limit_s", CHECK_LIMIT_S), child)
    try:
        data, status = _listen(child, events, watch, request.get("max_bytes", MAX_CHECK_BYTES))
    finally:
        os.close(events)
        code = _end(child)
    return {"exit": code, **_told(data, status)}


def _observe(session: Session, request: Mapping[str, Any], events: int) -> NoReturn:
    """The child: run the check, send its events, then the mark of a check that ran to its end."""
    code = 1
    try:
        os.setpgid(0, 0)
        os.closerange(FIRST_FD, FIRST_FD + 2)  # requests and replies are the runner's
        unheard = Outputs()
        sys.stdout, sys.stderr = Stream("stdout", unheard), Stream("stderr", unheard)
        namespace = session.shell.user_ns
        session.run_check(
            namespace, request["source"], request["schedules"], request["seed"], lambda event: send(events, event)
        )
        send(events, {"end": True})
        code = 0
    except BaseException as error:
        with contextlib.suppress(BaseException):
            send(events, {"error": f"{type(error).__name__}: {error}"[:2000]})
    finally:
        os._exit(code)


def _listen(child: int, events: int, watch: Stopwatch, max_bytes: int) -> tuple[bytes, str]:
    """Read events until the child ends, or too late, or too much; a process that it left behind is not waited for."""
    parts: list[bytes] = []
    size = 0
    os.set_blocking(events, False)
    pidfd = os.pidfd_open(child)
    try:
        while True:
            if not (ready := _wait([events, pidfd], watch)):
                return b"".join(parts), "timeout"
            while part := _read_some(events):
                parts.append(part)
                size += len(part)
                if size > max_bytes:
                    return b"".join(parts), "flood"
            if pidfd in ready:
                return b"".join(parts), "ended"
            if part is not None:  # it closed its pipe; what remains is its end
                return b"".join(parts), "ended" if _wait([pidfd], watch) else "timeout"
    finally:
        os.close(pidfd)


def _wait(fds: list[int], watch: Stopwatch) -> list[int]:
    """Those that are ready to be read; none if the limit is reached."""
    while left_s := watch.left_s():
        ready, _, _ = select.select(fds, [], [], max(left_s, 0.01))
        if ready:
            return ready
    return []


def _read_some(fd: int) -> bytes | None:
    """What is there to read: None if nothing yet, empty at the end."""
    try:
        return os.read(fd, _CHUNK)
    except BlockingIOError:
        return None


def _end(child: int) -> int:
    """Kill what is left of a check, and tell how its process ended."""
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _told(data: bytes, status: str) -> dict[str, Any]:
    """Turn what a check has sent into the fields of a reply; half a line at the end is dropped."""
    events: list[Any] = []
    ended, error = False, None
    for line in data.split(b"\n")[:-1]:
        try:
            message = _loads(line)
        except (ValueError, RecursionError):
            return {"events": events, "status": "garbled", "error": "a check sent what is not JSON"}
        if isinstance(message, dict):
            ended, error = ended or message.get("end") is True, message.get("error", error)
        else:
            events.append(message)
    if status == "ended":
        status = "done" if ended else "died"
    return {"events": events, "status": status, "error": error}
