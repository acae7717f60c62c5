"""Everything that touches trio's privates, besides scheduling.

What trio's public interface does not tell, and where it is found in trio 0.35. The tests hold each line of this
table, so an update of trio that moves one of these names fails there and not in a student's picture.

| private name                                | why                                                             |
|---------------------------------------------|-----------------------------------------------------------------|
| `Task._next_send`                           | is the step that begins now the delivery of a `Cancelled`?      |
| `Task._cancel_status`                       | the cancel scopes around the place where a task waits           |
| `CancelStatus._scope`, `.parent`,           | from one scope to the next outer one, and whether a             |
| `.effectively_cancelled`                    | cancellation passes through                                     |
| `Nursery._cancel_status`                    | where the scopes of a child end and those of its parent begin   |
| `CancelScope._cancel_called`                | the public property cancels a scope whose deadline is now, so   |
|                                             | looking at it could change the run; it also needs a running one |
| `CancelScope._cancel_reason`                | that of the scope; a `Cancelled` that was on its way when an    |
|                                             | outer scope was cancelled still tells its first reason          |
| `MemorySendChannel._state`,                 | which two ends, and which clones of them, are one channel       |
| `MemoryReceiveChannel._state`               |                                                                 |
| locals `self`, `outcome` of                 | how a task ended: neither the instrument nor the task is told   |
| `Runner.task_exited`; `.main_task_outcome`  |                                                                 |
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import outcome
import trio

if TYPE_CHECKING:
    from trio.lowlevel import Task


def delivered(task: Task) -> trio.Cancelled | None:
    """The `Cancelled` that the next step of `task` begins with; None if it begins with a value or another error."""
    sent = task._next_send
    if isinstance(sent, outcome.Error) and isinstance(sent.error, trio.Cancelled):
        return sent.error
    return None


def open_scopes(task: Task) -> list[trio.CancelScope]:
    """The cancel scopes that `task` itself has open, innermost first; those around its nursery are not its own."""
    status: Any = task._cancel_status
    nursery = task.parent_nursery
    stop: Any = None if nursery is None else nursery._cancel_status
    found = []
    while status is not None and status is not stop:
        found.append(status._scope)
        status = status.parent
    return found


def cancelling_scope(task: Task) -> trio.CancelScope | None:
    """The scope whose cancellation reaches `task`; of several the outermost. None if it is not cancelled."""
    status: Any = task._cancel_status
    found: trio.CancelScope | None = None
    while status is not None and status.effectively_cancelled:
        if status._scope._cancel_called:
            found = status._scope
        status = None if status._scope.shield else status.parent
    return found


def cancel_source(scope: trio.CancelScope) -> str | None:
    """Why `scope` was cancelled, in the words of `trio.Cancelled.source`; None if it was not."""
    if not scope._cancel_called:
        return None
    return "unknown" if scope._cancel_reason is None else scope._cancel_reason.source


def channel_of(end: Any) -> object:
    """What the ends of one memory channel, and their clones, have in common."""
    return end._state


def error_at_exit(task: Task) -> BaseException | None:
    """The error `task` ended with, None if it returned; only for use in `Instrument.task_exited`."""
    frame = sys._getframe(1)
    while frame.f_code.co_name != "task_exited" or frame.f_globals.get("__name__") != "trio._core._run":
        if frame.f_back is None:
            return None
        frame = frame.f_back
    runner: Any = frame.f_locals["self"]
    ended = runner.main_task_outcome if task is runner.main_task else frame.f_locals["outcome"]
    return ended.error if isinstance(ended, outcome.Error) else None
