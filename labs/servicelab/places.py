"""Where a task stands: whose frame it is, what trio waits for there, what to call the task and its end."""

from __future__ import annotations

import functools
import re
import sysconfig
import types
from typing import TYPE_CHECKING, Any, NamedTuple

import trio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trio.lowlevel import Task

WAITS = {
    ("trio._timeouts", "sleep"): ("sleep", "its time to come"),
    ("trio._timeouts", "sleep_until"): ("sleep", "its time to come"),
    ("trio._timeouts", "sleep_forever"): ("sleep", "ever"),
    ("trio._channel", "MemorySendChannel.send"): ("send", "room in a memory channel"),
    ("trio._channel", "MemoryReceiveChannel.receive"): ("receive", "a value from a memory channel"),
    ("trio._sync", "_LockImpl.acquire"): ("lock", "a lock"),
    ("trio._sync", "Semaphore.acquire"): ("lock", "a semaphore"),
    ("trio._sync", "CapacityLimiter.acquire"): ("lock", "a token of a capacity limiter"),
    ("trio._sync", "CapacityLimiter.acquire_on_behalf_of"): ("lock", "a token of a capacity limiter"),
    ("trio._sync", "Condition.wait"): ("event", "a condition"),
    ("trio._sync", "Event.wait"): ("event", "an event"),
    ("trio._core._parking_lot", "ParkingLot.park"): ("event", "a parking lot"),
    ("trio._core._run", "NurseryManager.__aexit__"): ("children", "the tasks of its nursery"),
    ("trio._core._run", "Nursery.start"): ("children", "a task to call started()"),
    ("trio._core._generated_run", "wait_all_tasks_blocked"): ("event", "all other tasks to be blocked"),
    ("trio._threads", "to_thread_run_sync"): ("I/O", "a worker thread"),
}
"""Kind of wait and what is waited for, by module and function; the outermost one that is known counts."""

IO_MODULES = (
    "trio._core._io_",
    "trio._core._generated_io_",
    "trio._socket",
    "trio._highlevel_",
    "trio._ssl",
    "trio._subprocess",
    "trio._unix_pipes",
    "trio._signals",
    "trio._dtls",
    "trio.testing._memory_streams",
)
COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
LIBRARIES = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), "<frozen ")

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Origin(NamedTuple):
    """What a code object tells about a frame that runs it."""

    student: bool
    """It is the student's own code, not trio's, servicelab's or a library's."""
    kind: str
    """What trio waits for in it; empty for code that is not trio's or says nothing."""
    waits_for: str
    name: str
    opens_scope: bool
    """trio opens a cancel scope of its own in it."""


class Place(NamedTuple):
    """Where a task is blocked."""

    kind: str
    waits_for: str
    function: str | None
    line: int | None
    inside_own_scope: bool
    """The innermost cancel scope is trio's (that of `trio.sleep`), not the student's."""


def origin_of(frame: types.FrameType) -> Origin:
    """Say whose code `frame` runs and what is waited for in it."""
    code, module = frame.f_code, frame.f_globals.get("__name__") or ""
    if module == "trio" or module.startswith("trio."):
        kind, waits_for = WAITS.get((module, code.co_qualname), ("", ""))
        if not kind and module.startswith(IO_MODULES):
            kind, waits_for = "I/O", "input or output"
        opens = (module, code.co_name) == ("trio._timeouts", "sleep_until")
        return Origin(False, kind, waits_for, code.co_name, opens)
    library = module.split(".")[0] == "servicelab" or is_library(code.co_filename)
    return Origin(not library, "", "", plain(code.co_name), False)


def is_library(filename: str) -> bool:
    """Whether a file belongs to the standard library or to an installed package."""
    return "site-packages" in filename or "dist-packages" in filename or filename.startswith(LIBRARIES)


class Places:
    """Finds the place of a task, remembering what it learned about each code object."""

    def __init__(self) -> None:
        self._origins: dict[types.CodeType, Origin] = {}

    def of(self, task: Task) -> Place:
        """The innermost frame of the student, and the outermost known wait inside it."""
        kind = waits_for = ""
        function: str | None = None
        at: int | None = None
        own = False
        for frame, line in task.iter_await_frames():
            origin = self._origin(frame)
            if origin.student:
                # Python 3.12 has no frame for a comprehension: name the function around it in every version.
                function = function if function and origin.name in COMPREHENSIONS else origin.name
                at, kind, waits_for, own = line, "", "", False
            elif origin.kind and not kind:
                kind, waits_for = origin.kind, origin.waits_for
            own = own or origin.opens_scope
        return Place(kind or "other", waits_for, function, at, own)

    def frames(self, task: Task) -> Iterator[tuple[types.FrameType, int]]:
        """The student's frames of a task that does not run, the outermost first, each with its line."""
        coro: Any = task.coro
        if getattr(coro, "cr_frame", coro) is None:  # it has ended
            return
        for frame, line in task.iter_await_frames():
            if self._origin(frame).student:
                yield frame, line

    def _origin(self, frame: types.FrameType) -> Origin:
        origin = self._origins.get(frame.f_code)
        if origin is None:
            origin = self._origins[frame.f_code] = origin_of(frame)
        return origin


def module_of(task: Task) -> str:
    """The module of the function that `task` runs."""
    return next((frame.f_globals.get("__name__") or "" for frame, _ in task.iter_await_frames()), "")


def plain(text: str, limit: int = 120) -> str:
    """Text as it may be shown: one line, no addresses, not endless."""
    line = " ".join(_ADDRESS.sub("", text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def task_name(task: Task) -> str:
    """What to call a task before it has run: its function and those arguments that tell it from its siblings."""
    function = short_name(task.name)
    shown = [word for word in map(argument, arguments(task)) if word][:2]
    return f"{function}({', '.join(shown)})" if shown else function


def short_name(name: str) -> str:
    """`contest` for `race.<locals>.contest`, `Job` for `<lab.Job object at 0x7f..>`."""
    if " object" in name:
        name = name.split(" object")[0].lstrip("<")
    last = plain(name.split(".")[-1], 40)
    return last[1:-1] if last in ("<lambda>", "<module>") else last or "task"


def arguments(task: Task) -> Iterator[Any]:
    """The arguments of a task that has not begun yet, without `self`."""
    frame = next((frame for frame, _ in task.iter_await_frames()), None)
    if frame is None:
        return
    code, values = frame.f_code, frame.f_locals
    for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        if name != "self" and name in values:
            yield values[name]


def argument(value: Any) -> str:
    """A word for an argument, made without running any code of the student; empty if there is none."""
    if isinstance(value, functools.partial):
        value = value.func
    if isinstance(value, (types.FunctionType, types.MethodType, types.BuiltinFunctionType)):
        return short_name(value.__name__)
    if type(value) is str:
        return plain(value, 16)
    return f"{value:.6g}" if type(value) in (int, float) else ""


def how_ended(error: BaseException | None) -> str:
    """The word for an end: `returned`, `Cancelled`, or the type of the error and of what a group holds."""
    if error is None:
        return "returned"
    leaves = list(_leaves(error))
    if all(isinstance(leaf, trio.Cancelled) for leaf in leaves):
        return "Cancelled"
    if not isinstance(error, BaseExceptionGroup):
        return type(error).__name__
    names = sorted({type(leaf).__name__ for leaf in leaves} - {"Cancelled"})
    return plain(f"{type(error).__name__}({', '.join(names)})", 48)


def error_line(error: BaseException | None) -> str:
    """An error in one line; the members of a group one after the other."""
    lines = []
    for leaf in _leaves(error) if error is not None else ():
        try:
            text = plain(str(leaf), 80)
        except Exception:  # a student's own __str__ may fail
            text = ""
        lines.append(f"{type(leaf).__name__}: {text}" if text else type(leaf).__name__)
    told = "; ".join(sorted(set(lines)))
    return plain(f"{type(error).__name__} of {told}" if isinstance(error, BaseExceptionGroup) else told, 160)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _leaves(member)
    else:
        yield error
