"""What is told of the tasks of a run: whose they are, what they wait for, and where.

Used by `watch`, which names the private parts of trio that are looked at here.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from .places import COMPREHENSIONS


def short_name(task: Any) -> str:
    """The function's name of a task, without module and enclosing functions."""
    return str(task.name).rsplit(".", 1)[-1]


def is_trios_own(task: Any, runner: Any) -> bool:
    """Whether trio has started the task for itself."""
    return task is runner.init_task or task.name == "<TrioToken.run_sync_soon task>"


def waits_for_thread(task: Any) -> bool:
    """Whether the task waits for a worker thread."""
    return any(frame.f_code.co_name == "to_thread_run_sync" for frame, _ in task.iter_await_frames())


def waits_for_socket(runner: Any) -> bool:
    """Whether a task waits for a socket or another descriptor; trio's own reads one, by which threads wake it."""
    waiting = runner.io_manager.statistics()
    names = ("tasks_waiting", "tasks_waiting_read", "tasks_waiting_write")  # the first with kqueue
    return sum(getattr(waiting, name, 0) for name in names) > 1


def _waiting_in(task: Any) -> str:
    """Say where the student's code of a task waits: `worker` in line 7."""
    name, at = "", 0
    for frame, line in task.iter_await_frames():
        if not str(frame.f_globals.get("__name__", "")).startswith(("trio.", "servicelab.")):
            # Python 3.12 has no frame for a comprehension: name the function around it in every version
            name = name if name and frame.f_code.co_name in COMPREHENSIONS else frame.f_code.co_name
            at = line
    return f"`{name}` in line {at}" if name else ""


def never_left(task: Any) -> str:
    """Say that a task ends inside of a nursery, and who is still in it."""
    names = dict.fromkeys(short_name(child) for nursery in task._child_nurseries for child in nursery.child_tasks)
    inside = f", with {', '.join(f'`{name}`' for name in names)} still in it" if names else ""
    return (
        f"`{short_name(task)}` ended, and a nursery that it had entered was never left{inside}: "
        "whoever awaits a nursery's `__aenter__` must await its `__aexit__` as well, also when something is raised "
        "before it (a Cancelled, for instance)"
    )


def who_waits(runner: Any) -> str:
    """Name what the student's waiting tasks wait in, and how many wait there."""
    tasks = sorted(runner.tasks, key=lambda task: task._counter)
    waits = Counter(_waiting_in(task) for task in tasks if not is_trios_own(task, runner))
    told = [wait if count == 1 else f"{wait} ({count} tasks)" for wait, count in waits.items() if wait]
    return "; ".join(told) or "nobody"
