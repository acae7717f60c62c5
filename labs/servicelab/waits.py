"""Who waits where, and for how long: a trio `Instrument` that keeps a task tree and a block profile.

Theory of operation
===================
1. A task waits from the end of one of its steps until trio puts it into the queue again. What happens between these
   two is waiting; the time in the queue is not. Times are trio's.
2. The place is the innermost line of code that is not trio's, together with what trio waits for there.
3. A wait for a `CapacityLimiter`, a `Semaphore` or a `Lock` knows which: `named(limiter, "database")` gives it a name.
4. There is one `Waits` in a trio run; `watch_waits()` begins to look and returns it. What was before is not known: a
   wait that had begun earlier counts from there.
5. A wait that goes on still counts, up to the moment at which somebody asks.
"""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import trio

from .places import COMPREHENSIONS, origin_of
from .tree import TaskTree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

    from trio.lowlevel import Task

Limiter = TypeVar("Limiter", trio.CapacityLimiter, trio.Semaphore, trio.Lock)

_current: trio.lowlevel.RunVar[Waits] = trio.lowlevel.RunVar("servicelab.waits")
_names: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
_origins: dict[CodeType, _Origin] = {}
_MOST_ORIGINS = 1000
_LIMITERS = {
    ("trio._sync", "CapacityLimiter.acquire"): "limiter",
    ("trio._sync", "CapacityLimiter.acquire_on_behalf_of"): "limiter",
    ("trio._sync", "Semaphore.acquire"): "semaphore",
    ("trio._sync", "_LockImpl.acquire"): "lock",
}


class Wait(NamedTuple):
    """A place where tasks wait."""

    kind: str
    """"limiter", "semaphore", "lock", or another kind of wait: "sleep", "receive", "event" ..."""
    name: str
    """What a limiter was named; empty for everything else."""
    place: str
    """`function:line` of the innermost code that is not trio's."""


def named(limiter: Limiter, name: str) -> Limiter:
    """Give a limiter, a semaphore or a lock a name for the block profile, and return it."""
    _names[limiter] = name
    return limiter


class Waits(trio.abc.Instrument):
    """Looks on while tasks wait."""

    def __init__(self) -> None:
        self._since: dict[Task, tuple[Wait, float]] = {}
        self._known: dict[Wait, list[float]] = {}
        self._began = trio.current_time()

    # --- what trio calls ---
    def after_task_step(self, task: Task) -> None:
        """A task may begin to wait."""
        if task.coro.cr_frame is not None:  # it has not ended
            self._since[task] = wait_of(task), trio.current_time()

    def task_scheduled(self, task: Task) -> None:
        """A task has ended a wait."""
        wait, since = self._since.pop(task, (None, 0.0))
        waited = trio.current_time() - since
        if wait is not None and waited > 0:
            self._known.setdefault(wait, []).append(waited)

    def task_exited(self, task: Task) -> None:
        """Forget a task."""
        self._since.pop(task, None)

    # --- what others ask ---
    def block_profile(self) -> list[dict[str, Any]]:
        """The places where tasks have waited, the longest in total first.

        Returns:
            Plain data, one `{"kind", "name", "place", "count", "seconds"}` for each place; `seconds` is the total.
        """
        now = trio.current_time()
        found = {wait: list(times) for wait, times in self._known.items()}
        for wait, since in self._since.values():
            if now > since:
                found.setdefault(wait, []).append(now - since)
        rows = [
            {**wait._asdict(), "count": len(times), "seconds": round(sum(times), 6)} for wait, times in found.items()
        ]
        return sorted(rows, key=lambda row: (-row["seconds"], row["place"], row["kind"]))

    def waiting_s(self, task: Task) -> float | None:
        """For how long a task has waited; None for the task that runs."""
        if task is trio.lowlevel.current_task():
            return None
        _, since = self._since.get(task, (None, self._began))
        return round(trio.current_time() - since, 6)


def watch_waits() -> Waits:
    """Begin to look at this trio run, unless somebody does already; return who looks."""
    try:
        return _current.get()
    except LookupError:
        waits = Waits()
        trio.lowlevel.add_instrument(waits)
        _current.set(waits)
        return waits


def block_profile() -> list[dict[str, Any]]:
    """Where the tasks of this run have waited since `watch_waits()`: see `Waits.block_profile`."""
    return watch_waits().block_profile()


def task_tree() -> TaskTree:
    """Every task of this run, parents before their children; in a notebook it shows as a table.

    Returns:
        A list of plain data, one `{"task", "parent", "nursery", "depth", "where", "waits_for", "waiting_s"}` for each
        task. `nursery` tells the nurseries of one parent apart: 1, 2 ... `waiting_s` counts from `watch_waits()` at
        most.
    """
    waits = watch_waits()
    root = trio.lowlevel.current_root_task()
    return TaskTree(() if root is None else _rows(root, None, 0, 0, waits))


def _rows(task: Task, parent: str | None, nursery: int, depth: int, waits: Waits) -> Iterator[dict[str, Any]]:
    wait, seconds = wait_of(task), waits.waiting_s(task)
    yield {
        "task": task.name,
        "parent": parent,
        "nursery": nursery,
        "depth": depth,
        "where": wait.place if seconds is not None else _place_now(),
        "waits_for": "nothing: it runs" if seconds is None else f"{wait.kind} {wait.name}".strip(),
        "waiting_s": seconds,
    }
    for number, one in enumerate(task.child_nurseries, start=1):
        for child in sorted(one.child_tasks, key=lambda child: child._counter):
            yield from _rows(child, task.name, number, depth + 1, waits)


def _place_now() -> str:
    """Where the task that runs is: the innermost line that is neither ours nor a library's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not origin_of(frame).student:
        frame = frame.f_back
    return f"{frame.f_code.co_name}:{frame.f_lineno}" if frame is not None else "servicelab"


def wait_of(task: Task) -> Wait:
    """What a task waits for, and where."""
    kind = name = function = ""
    at = 0
    for frame, line in task.iter_await_frames():
        origin = _origins.get(frame.f_code)
        if origin is None:
            if len(_origins) > _MOST_ORIGINS:  # a notebook defines its functions again and again
                _origins.clear()
            origin = _origins[frame.f_code] = _origin(frame)
        if not origin.trios:
            # Python 3.12 has no frame for a comprehension: name the function around it in every version.
            function = function if function and origin.name in COMPREHENSIONS else origin.name
            at, kind, name = line, "", ""
        elif not kind:
            kind = origin.kind
            if origin.is_limiter:
                name = _names.get(frame.f_locals["self"], "")
    return Wait(kind or "other", name, f"{function}:{at}" if function else "trio")


class _Origin(NamedTuple):
    """What a code object tells about each frame that runs it."""

    trios: bool
    name: str
    kind: str
    is_limiter: bool


def _origin(frame: FrameType) -> _Origin:
    module, code = frame.f_globals.get("__name__") or "", frame.f_code
    trios = module == "trio" or module.startswith(("trio.", "outcome"))
    limiter = _LIMITERS.get((module, code.co_qualname))
    return _Origin(trios, code.co_name, limiter or origin_of(frame).kind, limiter is not None)
