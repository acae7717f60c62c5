"""A timeline on its way out of a student's process: lists, strings and numbers; and back.

The lists may be forged, so `from_lists` believes nothing: types are exact, numbers finite, tasks a tree, everything
bounded. What is odd is refused. A forged timeline that is not odd is a wrong picture, and no more than that.
"""

from __future__ import annotations

from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from .bars import FILLS
from .lanes import Delivery, Mark, Scope, Segment, Task, Timeline, Wake
from .layout import MAX_STEPS
from .values import NotPlainError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ROWS = 1_000
"""Tasks, segments and so on, each."""
MAX_TEXT = 200
MAX_DEPTH = 40
"""Tasks inside of tasks."""
_MOST = 10_000_000  # seconds and steps; no run is as long
_ROWS: dict[str, type] = {
    "tasks": Task,
    "segments": Segment,
    "scopes": Scope,
    "deliveries": Delivery,
    "wakes": Wake,
    "marks": Mark,
}
_TASKS = frozenset({"task", "parent", "by", "source", "target", "nursery"})  # whoever opens one is a task
_KINDS = {Segment: frozenset(FILLS), Wake: frozenset({"start", "wake", "cancel"})}


def _types() -> Iterator[tuple[type, dict[str, frozenset[type]]]]:
    for kind in _ROWS.values():
        hints = get_type_hints(kind)
        yield kind, {one.name: frozenset(get_args(hints[one.name]) or (hints[one.name],)) for one in fields(kind)}


_FIELDS = dict(_types())


def to_lists(timeline: Timeline) -> dict[str, Any]:
    """Take a timeline apart; of the tasks and steps that are not drawn, only the numbers stay.

    Values that went through channels are left out.
    """
    shown = {task.index for task, _ in timeline.shown()[0]}
    told: dict[str, Any] = {"end_s": timeline.end_s, "steps": timeline.steps}
    for name in _ROWS:
        rows = getattr(timeline, name)
        drawn = rows if name == "tasks" else [row for row in rows if _is_drawn(row, shown, timeline.axis)]
        told[name] = [list(astuple(row)) for row in drawn]
    return told


def _is_drawn(row: Any, shown: set[int], axis: str) -> bool:
    tasks = (row.source, row.target) if type(row) is Wake else (row.task,)
    step = row.start_step if type(row) in (Segment, Scope) else row.step
    return shown.issuperset(tasks) and (axis == "time" or step < MAX_STEPS)


def from_lists(told: object) -> Timeline:
    """Put a timeline together.

    Raises:
        NotPlainError: if the lists are not what `to_lists` makes, or too many.
    """
    if type(told) is not dict or told.keys() != {*_ROWS, "end_s", "steps"}:
        raise NotPlainError("expected the parts of a timeline")
    count = len(_list(told["tasks"]))
    parts = {name: tuple(_row(kind, row, count) for row in _list(told[name])) for name, kind in _ROWS.items()}
    _refuse_no_tree(parts["tasks"])
    end_s, steps = _number("end_s", told["end_s"], _MOST), _number("steps", told["steps"], _MOST)
    return Timeline(**parts, end_s=float(end_s), steps=int(steps))


def _list(told: Any) -> list[Any]:
    if type(told) is not list or len(told) > MAX_ROWS:
        raise NotPlainError(f"expected a list of at most {MAX_ROWS:,}, not {str(told)[:60]!r}")
    return told


def _row(kind: type, row: Any, count: int) -> Any:
    types = _FIELDS[kind]
    if type(row) is not list or len(row) != len(types):
        raise NotPlainError(f"expected a {kind.__name__}, not {str(row)[:60]!r}")
    return kind(*(_value(kind, name, value, count) for name, value in zip(types, row, strict=True)))


def _value(kind: type, name: str, value: Any, count: int) -> Any:
    if type(value) not in _FIELDS[kind][name]:
        raise NotPlainError(f"expected another type for {name}, not {type(value).__name__}")
    if type(value) is str and len(value) > MAX_TEXT:
        raise NotPlainError(f"expected at most {MAX_TEXT} letters for {name}, not {len(value):,}")
    if name == "kind" and value not in _KINDS[kind]:
        raise NotPlainError(f"expected a kind of {kind.__name__}, not {value!r}")
    if type(value) in (int, float):
        return _number(name, value, count - 1 if name in _TASKS else _MOST)
    return value


def _number(name: str, value: Any, most: int) -> float:
    if type(value) not in (int, float) or not 0 <= value <= most:  # which neither infinity nor what is no number is
        raise NotPlainError(f"expected {name} from 0 to {most:,}")
    number: float = value
    return number


def _refuse_no_tree(tasks: tuple[Task, ...]) -> None:
    """Every task but the first is in a nursery of one before it."""
    depths: list[int] = []
    for place, task in enumerate(tasks):
        above = -1 if task.parent is None else task.parent
        if task.index != place or (task.parent is None) != (place == 0) or above >= place:
            raise NotPlainError(f"expected a tree of tasks, not {task}")
        depths.append(0 if task.parent is None else depths[task.parent] + 1)
    if not tasks or max(depths) > MAX_DEPTH:
        raise NotPlainError(f"expected tasks, at most {MAX_DEPTH} inside of each other")
