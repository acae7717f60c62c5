"""A timeline as plain data, and in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_STORY = 14
"""Entries of one task that `Timeline.text` tells before it sums up the rest."""
MAX_TASKS = 40
"""Tasks that are drawn and told one by one."""
NAME_WIDTH = 40
NEVER = "never ended"


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        index: its number, in the order in which tasks were begun; the main task is 0.
        name: its function and telling arguments; numbered where two tasks have the same.
        parent: the task whose nursery it is in; None for the main task.
        nursery: the number of that nursery.
        start_s: virtual time at which it was begun, in seconds; `start_step` likewise in steps.
        end_s: when it ended; None if it never did.
        ended: "returned", "Cancelled", the name of the error's type, or "never ended".
        error: the error in one line; empty if there was none.
    """

    index: int
    name: str
    parent: int | None
    nursery: int | None
    start_s: float
    start_step: int
    end_s: float | None
    end_step: int | None
    ended: str
    error: str = ""


@dataclass(frozen=True)
class Segment:
    """What a task did for a while.

    Attributes:
        kind: "run", "ready" (it could run, another task does), or what it waited in: "sleep", "receive", "send",
            "lock", "event", "children", "I/O", "other".
        waits_for: what it waited for, in words.
        function: the innermost function of the student's code, with its `line`.
        open: the run was over before this ended.
    """

    task: int
    kind: str
    start_s: float
    end_s: float
    start_step: int
    end_step: int
    waits_for: str = ""
    function: str | None = None
    line: int | None = None
    open: bool = False


@dataclass(frozen=True)
class Scope:
    """A cancel scope that has a deadline, was cancelled, or shields.

    Attributes:
        deadline_s: virtual time; None if it has none.
        cause: "" if it was not cancelled, else "deadline passed", "cancelled by hand", "a task failed", ...
        by: the task that cancelled it (or failed), if known.
        nursery: the nursery whose own scope it is.
    """

    task: int
    start_s: float
    end_s: float
    start_step: int
    end_step: int
    deadline_s: float | None
    shield: bool
    cause: str
    by: int | None
    cancelled_s: float | None
    cancelled_step: int | None
    nursery: int | None


@dataclass(frozen=True)
class Delivery:
    """A `Cancelled` raised in a task, and why."""

    task: int
    at_s: float
    step: int
    cause: str


@dataclass(frozen=True)
class Wake:
    """One task made another runnable: `kind` is "start", "wake" or "cancel"."""

    source: int
    target: int
    at_s: float
    step: int
    kind: str


@dataclass(frozen=True)
class Handover:
    """A value that went through a memory channel; `received_s` and the like are None if nobody received it."""

    value: str
    source: int
    sent_s: float
    sent_step: int
    target: int | None
    received_s: float | None
    received_step: int | None


@dataclass(frozen=True)
class Mark:
    """A flag that the program set with `mark(text)`."""

    task: int
    at_s: float
    step: int
    text: str


@dataclass(frozen=True)
class Timeline:
    """What happened in a run. `steps` counts steps of tasks; `end_s` is in virtual seconds."""

    tasks: tuple[Task, ...]
    segments: tuple[Segment, ...]
    scopes: tuple[Scope, ...]
    deliveries: tuple[Delivery, ...]
    wakes: tuple[Wake, ...]
    marks: tuple[Mark, ...]
    end_s: float
    steps: int
    handovers: tuple[Handover, ...] = ()

    @property
    def axis(self) -> str:
        """The axis that tells most: "time", or "steps" where no virtual time passed."""
        return "time" if self.end_s > 0 else "steps"

    def rows(self) -> list[tuple[Task, int]]:
        """The tasks as a tree, each with its depth: children below their parent, nursery by nursery."""
        below: dict[int | None, list[Task]] = {}
        for task in self.tasks:
            below.setdefault(task.parent, []).append(task)

        def walk(task: Task, depth: int) -> Iterator[tuple[Task, int]]:
            yield task, depth
            for child in sorted(below.get(task.index, ()), key=lambda child: (child.nursery or 0, child.index)):
                yield from walk(child, depth + 1)

        return [row for task in below.get(None, ()) for row in walk(task, 0)]

    def shown(self) -> tuple[list[tuple[Task, int]], str]:
        """The rows that there is room for, and the others in one line; empty if there are none."""
        rows = self.rows()
        rest = [task for task, _ in rows[MAX_TASKS:]]
        ends = Counter(task.ended for task in rest)
        told = ", ".join(f"{count} {ended}" for ended, count in sorted(ends.items()))
        return rows[:MAX_TASKS], f"and {_count(len(rest), 'more task')}: {told}" if rest else ""

    def summary(self) -> str:
        """The run in one line."""
        return f"{_count(len(self.tasks), 'task')}, {number(self.end_s)} virtual s, {_count(self.steps, 'step')}"

    def text(self, axis: str | None = None) -> str:
        """The timeline in words: a table with a line for each task.

        Args:
            axis: "time" or "steps"; by default steps only where no virtual time passed.
        """
        by_steps = (axis or self.axis) == "steps"
        story: dict[int, list[str]] = {}
        for _, index, words in sorted(self._told(by_steps)):
            story.setdefault(index, []).append(words)
        shown, rest = self.shown()
        lines = []
        for task, depth in shown:
            name = clip("  " * depth + task.name, NAME_WIDTH)
            ended = clip(task.error or task.ended, NAME_WIDTH)
            lines.append([name, _lifetime(task, by_steps), ended, _shorten(story.get(task.index, []))])
        widths = [max((len(line[column]) for line in lines), default=0) for column in range(3)]
        table = [_padded(line, [*widths, 0]) for line in lines]
        return "\n".join([self.summary(), *table, *([rest] if rest else [])])

    def svg(
        self, title: str = "Task timeline", *, axis: str | None = None, cursor: tuple[float, int] | None = None
    ) -> str:
        """The timeline as a drawing, an `<svg>` element that needs nothing else.

        Args:
            title: the headline.
            axis: "time" or "steps"; by default steps only where no virtual time passed.
            cursor: a moment to mark, in virtual seconds and in steps.
        """
        from .drawing import draw  # which needs this module

        return draw(self, title, axis or self.axis, cursor)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from .drawing import page

        words = self.text()
        return {"text/html": page(self.svg(), words), "text/plain": words}

    def _told(self, by_steps: bool) -> Iterator[tuple[tuple[int, int], int, str]]:
        """Entries for the story of each task: when (a step, and an order within it), whose, in words."""
        for segment in self.segments:
            told = _told_segment(segment, by_steps)
            if told:
                yield (segment.start_step, 3 if segment.kind == "run" else 0), segment.task, told
        for scope in self.scopes:
            if scope.nursery is None or scope.deadline_s is not None or scope.cause:
                yield (scope.start_step, 2), scope.task, _told_scope(scope, by_steps, self.tasks)
        for delivery in self.deliveries:
            yield (delivery.step, 1), delivery.task, f"Cancelled {_at(delivery, by_steps)}: {delivery.cause}"
        for flag in self.marks:
            yield (flag.step, 4), flag.task, f'"{flag.text}" {_at(flag, by_steps)}'
        for given in self.handovers:
            sent = when(given.sent_s, given.sent_step, by_steps)
            if given.target is None or given.received_s is None or given.received_step is None:
                yield (given.sent_step, 4), given.source, f"sends {given.value} at {sent}, nobody receives it"
                continue
            received = when(given.received_s, given.received_step, by_steps)
            source, target = self.tasks[given.source].name, self.tasks[given.target].name
            yield (given.sent_step, 4), given.source, f"sends {given.value} to {target} at {sent}"
            yield (given.received_step, 4), given.target, f"receives {given.value} from {source} at {received}"


def number(value: float) -> str:
    """A time as people write it: `3`, `0.25`, `86400`."""
    return f"{value:.0f}" if value == int(value) else f"{value:.10g}"


def when(at_s: float, step: int, by_steps: bool) -> str:
    """A moment in words: `step 7`, `2.5 s`."""
    return f"step {step}" if by_steps else f"{number(at_s)} s"


def clip(text: str, limit: int) -> str:
    """Text cut to a length, with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def scope_words(scope: Scope, tasks: tuple[Task, ...]) -> str:
    """A scope in words: `deadline 2 s passed`, `cancelled by fast`, `shield`."""
    words = []
    if scope.deadline_s is not None:
        words.append(f"deadline {number(scope.deadline_s)} s" + (" passed" if scope.cause == "deadline passed" else ""))
    if scope.shield:
        words.append("shield")
    if scope.cause and scope.cause != "deadline passed":
        words.append(cause_words(scope.cause, scope.by, tasks))
    return ", ".join(words)


def cause_words(cause: str, by: int | None, tasks: tuple[Task, ...]) -> str:
    """Why something was cancelled: `cancelled by fast`, `broken raised OSError`."""
    if by is None:
        return cause
    name = tasks[by].name
    return f"{name} raised {tasks[by].ended}" if cause == "a task failed" else f"cancelled by {name}"


def _padded(cells: list[str], widths: list[int]) -> str:
    return "   ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _lifetime(task: Task, by_steps: bool) -> str:
    start, end = (task.start_step, task.end_step) if by_steps else (task.start_s, task.end_s)
    if end is None:
        return f"from step {start}" if by_steps else f"from {number(start)} s"
    if by_steps:
        return f"steps {start}-{number(end - 1)}" if end - 1 > start else f"step {start}"
    return f"{number(start)}-{number(end)} s" if end > start else f"{number(start)} s"


def _told_segment(segment: Segment, by_steps: bool) -> str:
    word = {"run": "runs", "children": "waits for children"}.get(segment.kind, segment.kind)
    if segment.open:
        return f"{word} from {f'step {segment.start_step}' if by_steps else f'{number(segment.start_s)} s'} for ever"
    if by_steps:
        start, last = segment.start_step, segment.end_step - 1
        return "" if segment.kind == "ready" else f"{word} {start}-{last}" if last > start else f"{word} {start}"
    passes = segment.kind not in ("run", "ready") and segment.end_s > segment.start_s
    return f"{word} {number(segment.start_s)}-{number(segment.end_s)}" if passes else ""


def _told_scope(scope: Scope, by_steps: bool, tasks: tuple[Task, ...]) -> str:
    what = "cancel scope" if scope.nursery is None else "nursery"
    start, end = (scope.start_step, scope.end_step) if by_steps else (scope.start_s, scope.end_s)
    return f"{what} {number(start)}-{number(end)} ({scope_words(scope, tasks)})"


def _at(point: Delivery | Mark, by_steps: bool) -> str:
    return f"at {when(point.at_s, point.step, by_steps)}"


def _shorten(story: list[str]) -> str:
    """A story of bearable length: steps in a row are one entry, the end is summed up."""
    told: list[str] = []
    for words in story:
        if told and told[-1].startswith("runs ") and words.startswith("runs "):
            told[-1] += words.removeprefix("runs").replace(" ", ", ", 1)
        elif not told or words != told[-1]:
            told.append(words)
    told = [clip(words, 90) for words in told]
    return " | ".join([*told[:MAX_STORY], f"and {len(told) - MAX_STORY} more"] if len(told) > MAX_STORY else told)
