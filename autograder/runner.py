"""What runs inside the jail: student cells in one shell, graded checks in processes of their own.

Theory of operation
===================
1. Requests and replies are JSON lines. `cell` runs source in the shell and answers with its outputs.
2. `place` forks where graded cells stand. The child has the names that the cells before them have defined, and waits.
   `check` asks it for a process to run in, after all cells of the student have run and everything else that they
   started has been ended: no cell sees a check. A check without a place gets one when it arrives.
3. That process runs `servicelab.observe.run_check`, and sends each event through a pipe of its own (`observers`). It
   runs the other checks of its place as well, unless a check has left something behind or has not come to its end. The
   host asks for the hidden checks last: none of them runs while an open one is still to come, at whatever place. A
   `replay` has the process run one schedule of its last check once more, before a recorder.
4. Cells that the course gives are marked as such: what they define is noted, and a check finds it as it was then.
5. Nothing that is said here is believed: whoever reads the replies compares the observations with what was expected.
   The limits here keep an unlucky student's notebook going; the host has its own for all of them.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import json
import marshal
import os
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import observers
from .observers import send
from .shell import Shell, Stream, error_output, make_shell
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from .observers import Emit, Observer, Place

    RunCheck = Callable[..., bool]

CELL_LIMIT_S = 10.0
CHECK_LIMIT_S = 20.0
AFTER_TIMEOUT = 0.1  # of its limit is what a check gets when one before it has used up its own
ROUNDS = 20  # of ending what the cells have started, and what that has started meanwhile
WARM_UP = (
    "%load_ext servicelab",
    "import servicelab, trio\nasync def right():\n    await trio.sleep(1)\nservicelab.run(right)",
    "async def wrong():\n    raise NotImplementedError\nservicelab.run(wrong)",  # 0.3 s of imports and sources
    "%unload_ext servicelab",
)
WARM_UP_CHECK = """
async def check():
    done = []

    async def produce(channel, limiter):
        async with channel, limiter:
            for number in range(4):
                await channel.send(number)

    async def consume(channel, lock):
        async with channel:
            async for number in channel:
                async with lock:
                    await trio.sleep(unseen("pause").random())
                done.append(number)

    async def fail(event):
        with trio.move_on_after(1) as scope:
            await event.wait()
        with trio.fail_after(0.5):
            await trio.sleep(1)

    async def work():
        send, receive = trio.open_memory_channel(1)
        lock, limiter, event = trio.Lock(), trio.CapacityLimiter(2), trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(produce, send, limiter)
            nursery.start_soon(consume, receive, lock)
            nursery.start_soon(fail, event)
            nursery.start_soon(trio.sleep_forever)

    error = await error_of(work)
    _observe(0, describe(error))
    _observe(1, sorted(done))
verify(check)
"""
_loads = json.loads


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
        places: by index: the process that waits where graded cells stand.
        observers: by index of their place: the processes in which checks run.
        last: the index of the place of the last check.
        given: names that given cells have defined.
        tidied: whether what the cells have started was ended.
        late: whether a check has used up its limit.
        spent: whether the process of the last check is not to run another.
        before: processes that were there before any cell ran: what holds the jail.
    """

    shell: Shell
    run_check: RunCheck
    restore: Callable[[], None]
    armed: bool = False
    watch: Stopwatch = field(default_factory=lambda: Stopwatch(CELL_LIMIT_S))
    places: dict[int, Place] = field(default_factory=dict)
    observers: dict[int, Observer] = field(default_factory=dict)
    last: int = -1
    given: dict[str, Any] = field(default_factory=dict)
    tidied: bool = False
    late: bool = False
    spent: bool = False
    before: frozenset[int] = frozenset()

    def ring(self, _signal: int, _frame: FrameType | None) -> None:
        """Stop the running cell, unless it has only waited for a processor."""
        if not self.armed:
            return
        if left_s := self.watch.left_s():
            signal.setitimer(signal.ITIMER_REAL, max(left_s, 0.05), 1.0)
        else:
            raise CellTimeout(f"the cell was stopped after {self.watch.limit_s:g} s")

    def end_observers(self, *places: int) -> None:
        """End the processes in which checks of these places run."""
        for place in places:
            if place in self.observers:
                self.observers.pop(place).end()


def prepare() -> Session:
    """Make the shell and run a few cells in it, so that the first ones of a student are as fast as the others."""
    from servicelab import kept
    from servicelab.observe import run_check
    from servicelab.schedules import dictated

    with tempfile.TemporaryDirectory(prefix="servicelab-ipython-") as folder:
        shell = make_shell(folder)
        for source in WARM_UP:
            _run_source(shell, source)
    run_check({}, WARM_UP_CHECK, dictated(12), "warm-up", lambda event: None)
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
    answers = {"files": write_files, "cell": run_cell, "place": take_place, "check": run_check, "replay": replay}
    with os.fdopen(requests, "rb") as lines:
        for line in lines:
            request = _loads(line)
            reply = answers[request["op"]](session, request)
            send(replies, {"index": request["index"], **reply})
    session.end_observers(*session.observers)


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
    """Fork a process that keeps the names as they are now, for the checks that stand here."""
    with contextlib.suppress(OSError):  # no more processes: then the checks will have what there is at the end
        session.places[request["index"]] = _make_place(session)
    return {"ok": request["index"] in session.places}


def run_check(session: Session, request: Mapping[str, Any]) -> dict[str, Any]:
    """Run one graded check in a child process; whatever happens to it, tell what it has sent."""
    if not session.tidied:
        _tidy(session)
    limit_s = request.get("limit_s", CHECK_LIMIT_S) * (AFTER_TIMEOUT if session.late else 1.0)
    try:
        reply = _observer(session, request.get("place", request["index"])).ask(request, limit_s)
    except OSError as error:
        reply = {"events": [], "status": "died", "error": str(error), "clean": False}
    session.late = session.late or reply["status"] == "timeout"
    session.spent = not reply["clean"]
    return reply


def _tidy(session: Session) -> None:
    """Once, before the first check: end what the cells have started, put back what they have changed here."""
    session.tidied = True
    with contextlib.suppress(Exception):  # what cannot be put back ends each check
        session.restore()
    signal.signal(signal.SIGALRM, session.ring)
    if session.places:
        _end_others(session.before | {place.pid for place in session.places.values()})


def _observer(session: Session, index: int) -> Observer:
    """The process for a check that stands at a place: that of the checks before, or a new one."""
    if session.spent:
        session.end_observers(session.last)
    if index in session.observers and not session.observers[index].alive:
        session.end_observers(index)
    if index not in session.places:
        session.end_observers(*session.observers)  # the new process would keep what they are talked with by
        session.places[index] = _make_place(session)
    if index not in session.observers:
        session.observers[index] = session.places[index].observer()
    session.last = index
    return session.observers[index]


def replay(session: Session, request: Mapping[str, Any]) -> dict[str, Any]:
    """Run one schedule of the last check once more, where that check ran."""
    if session.last not in session.observers:
        return {"events": [], "status": "died", "error": "its process has ended"}
    reply = session.observers[session.last].ask(request, request["limit_s"])
    session.spent = session.spent or not reply["clean"]
    return reply


def _make_place(session: Session) -> Place:
    """A process that keeps the names as they are now."""
    restored = False

    def answer(request: Mapping[str, Any], emit: Emit) -> bool:
        nonlocal restored  # once in each process: the checks of a place all run the same exercise's code
        if not restored:
            session.restore()
            restored = True
        code = marshal.loads(base64.b64decode(request["source"]))
        about = code, request["schedules"], request["seed"]
        more = {name: request[name] for name in ("through", "only") if name in request}
        return session.run_check(session.shell.user_ns, *about, emit, session.given, **more)

    return observers.make_place(answer, session.places.values())


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
