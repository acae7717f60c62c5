"""What runs inside the jail: student cells in one shell, each graded check in a process of its own.

Theory of operation
===================
1. Requests and replies are JSON lines. `cell` runs source in the shell and answers with its outputs.
2. `place` forks where a graded cell stands. The child has the names that the cells before it have defined, and waits.
   `check` sends it what to run, after all cells of the student have run and everything else that they started has been
   ended: no cell sees a check, and no check sees another. A check without a place forks when it arrives.
3. The child runs `servicelab.observe.run_check`, and sends each event through a socket of its own. A check that hangs,
   calls `os._exit` or crashes loses only itself, and what it has sent until then is still delivered.
4. Cells that the course gives are marked as such: what they define is noted, and a check finds it as it was then.
5. Nothing that is said here is believed: whoever reads the replies compares the observations with what was expected.
   The limits here keep an unlucky student's notebook going; the host has its own for all of them.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import json
import os
import select
import signal
import socket
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

    RunCheck = Callable[..., None]

CELL_LIMIT_S = 10.0
CHECK_LIMIT_S = 20.0
MAX_CHECK_BYTES = 16 << 20
AFTER_TIMEOUT = 0.1  # of its limit is what a check gets when one before it has used up its own
FIRST_FD = 200  # requests and replies live here, out of the way of student code
ROUNDS = 20  # of ending what the cells have started, and what that has started meanwhile
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
        restore: `servicelab.kept.restore`.
        armed: whether the alarm means the running cell.
        watch: the running cell's limit.
        places: by index: the process that waits where a graded cell stands, and the socket to it.
        given: names that given cells have defined.
        tidied: whether what the cells have started was ended.
        late: whether a check has used up its limit.
        before: processes that were there before any cell ran: what holds the jail.
    """

    shell: Shell
    run_check: RunCheck
    restore: Callable[[], None]
    armed: bool = False
    watch: Stopwatch = field(default_factory=lambda: Stopwatch(CELL_LIMIT_S))
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    tidied: bool = False
    late: bool = False
    before: frozenset[int] = frozenset()

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
    from servicelab import kept
    from servicelab.observe import run_check

    with tempfile.TemporaryDirectory(prefix="servicelab-ipython-") as folder:
        shell = make_shell(folder)
        for source in ("1", "1 / 0"):  # an error costs 0.2 s of imports the first time
            _run_source(shell, source)
    shell.reset()  # type: ignore[no-untyped-call]
    shell.outputs.clear()
    kept.remember_everything()
    return Session(shell, run_check, kept.restore)


def serve(session: Session, requests: int, replies: int) -> None:
    """Answer requests until they end.

    Args:
        session: from `prepare`.
        requests: file descriptor to read from.
        replies: file descriptor to write to.
    """
    signal.signal(signal.SIGALRM, session.ring)
    sys.stdout, sys.stderr = Stream("stdout", session.shell.outputs), Stream("stderr", session.shell.outputs)
    session.before = frozenset(_others())
    answers = {"files": write_files, "cell": run_cell, "place": take_place, "check": run_check}
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
    if ok and request.get("given"):
        _note_given(session, request["source"])
    return {"ok": ok, "error": error, "outputs": outputs.collected()}


def _note_given(session: Session, source: str) -> None:
    """Note what a given cell has defined, before the student can change it."""
    from servicelab import kept

    with contextlib.suppress(SyntaxError):  # a magic
        found = {name: session.shell.user_ns[name] for name in _defined(source) if name in session.shell.user_ns}
        session.given |= found
        kept.remember(found.values())


def _defined(source: str) -> set[str]:
    """The names that a piece of code defines at its top level."""
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def _run_source(shell: Shell, source: str) -> tuple[bool, str | None]:
    result = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
    error = result.error_in_exec or result.error_before_exec
    if error is None:
        return True, None
    return False, "timeout" if isinstance(error, CellTimeout) else type(error).__name__


def take_place(session: Session, request: Mapping[str, Any]) -> dict[str, Any]:
    """Fork a process that keeps the names as they are now, and waits for its check."""
    with contextlib.suppress(OSError):  # no more processes: then the check will fork from what there is
        session.places[request["index"]] = _fork_observer(session)
    return {"op": "place", "ok": request["index"] in session.places}


def run_check(session: Session, request: Mapping[str, Any]) -> dict[str, Any]:
    """Run one graded check in a child process; whatever happens to it, tell what it has sent."""
    if session.places and not session.tidied:
        session.tidied = True
        with contextlib.suppress(Exception):  # what cannot be put back ends each check
            session.restore()
        signal.signal(signal.SIGALRM, session.ring)
        _end_others(session.before | {pid for pid, _ in session.places.values()})
    waiting = request["index"] in session.places
    child, talk = session.places.pop(request["index"]) if waiting else _fork_observer(session)
    limit_s = request.get("limit_s", CHECK_LIMIT_S) * (AFTER_TIMEOUT if session.late else 1.0)
    watch = Stopwatch(limit_s, child)
    try:
        with contextlib.suppress(OSError):
            send(talk, request)
        data, status = _listen(child, talk, watch, request.get("max_bytes", MAX_CHECK_BYTES))
    finally:
        os.close(talk)
        code = _end(child)
    session.late = session.late or status == "timeout"
    return {"exit": code, **_told(data, status)}


def _fork_observer(session: Session) -> tuple[int, int]:
    """A child that waits for a check, and the descriptor to talk with it."""
    ours, theirs = socket.socketpair()
    try:
        child = os.fork()
    except OSError:
        ours.close()
        theirs.close()
        raise
    if child == 0:
        ours.close()
        _observe(session, theirs.detach())
    theirs.close()
    return child, ours.detach()


def _observe(session: Session, talk: int) -> NoReturn:
    """The child: wait for the check, run it, send its events, then the mark of a check that ran to its end."""
    code = 1
    try:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.setpgid(0, 0)
        os.closerange(FIRST_FD, FIRST_FD + 2)  # requests and replies are the runner's
        for _, other in session.places.values():
            os.close(other)
        unheard = Outputs()
        sys.stdout, sys.stderr = Stream("stdout", unheard), Stream("stderr", unheard)
        if (request := _loads(_line(talk) or b"null")) is None:
            os._exit(0)
        session.run_check(
            session.shell.user_ns,
            request["source"],
            request["schedules"],
            request["seed"],
            lambda event: send(talk, event),
            session.given,
            through=request.get("through", False),
        )
        send(talk, {"end": True})
        code = 0
    except BaseException as error:
        with contextlib.suppress(BaseException):
            send(talk, {"error": f"{type(error).__name__}: {error}"[:2000]})
    finally:
        os._exit(code)


def _line(talk: int) -> bytes:
    """Read one line; empty if the other side has gone."""
    data = b""
    while not data.endswith(b"\n"):
        part = os.read(talk, _CHUNK)
        if not part:
            return b""
        data += part
    return data


def _end_others(kept: frozenset[int]) -> None:
    """End all that the cells have started; in a jail that is everything but who was there before and who waits."""
    for _round in range(ROUNDS):
        others = _others() - {os.getpid(), 1, *kept}
        if not others:
            return
        for pid in others:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _others() -> set[int]:
    """All processes, if `/proc` shows our own only; else the descendants. Orphans are our children as well."""
    if os.getppid() == 0:
        return {int(name) for name in os.listdir("/proc") if name.isdigit()}
    return _descendants(os.getpid())


def _descendants(pid: int) -> set[int]:
    found: set[int] = set()
    with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children") as file:
        for child in map(int, file.read().split()):
            found |= {child} | _descendants(child)
    return found


def _listen(child: int, events: int, watch: Stopwatch, max_bytes: int) -> tuple[bytes, str]:
    """Read events until the child ends, or too late, or too much; a process that it left behind is not waited for."""
    parts: list[bytes] = []
    size = 0
    os.set_blocking(events, False)
    try:
        pidfd = os.pidfd_open(child)
    except ProcessLookupError:  # a cell of the student's has ended it and waited for it
        return b"", "ended"
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
    except ConnectionResetError:
        return b""


def _end(child: int) -> int:
    """Kill what is left of a check, and tell how its process ended."""
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.kill(child, signal.SIGKILL)
    try:
        _, status = os.waitpid(child, 0)
    except ChildProcessError:  # a cell of the student's has waited for it
        return -1
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
