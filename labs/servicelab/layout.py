"""Where everything of a timeline's drawing goes: rows, nursery bands, brackets, flags, the axis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .svg import text_width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .lanes import Delivery, Mark, Scope, Segment, Task, Timeline, Wake

WIDTH, BAR, GAP, LEVEL, INDENT = 880, 18, 7, 14, 14
MAX_STEPS = 160
"""Steps that are drawn on the axis of steps; the rest is summed up."""
MAX_LEVELS = 4
"""Rows of flags above a lane, or of brackets below it; what does not fit has its words under the pointer only."""
SMALL, BOLD = 10.5, 12.5
WIDEST_STEP = 90
"""Pixels."""


@dataclass
class Row:
    """One lane: `top` is the upper edge of its bars; flags are above, brackets below."""

    task: Task
    depth: int
    top: float = 0
    flags: list[tuple[Mark, float, int]] = field(default_factory=list)
    brackets: list[tuple[Scope, int]] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """The y of its middle line."""
        return self.top + BAR / 2

    @property
    def bottom(self) -> float:
        """The lower edge of its bars."""
        return self.top + BAR


@dataclass
class Band:
    """The lanes of one nursery, with room for a headline if it was cancelled."""

    nursery: int
    depth: int
    scope: Scope | None
    top: float = 0
    bottom: float = 0
    count: int = 0


class Layout:
    """The geometry of one drawing."""

    def __init__(self, timeline: Timeline, axis: str) -> None:
        self.timeline = timeline
        self.steps = axis == "steps"
        shown, self.rest = timeline.shown()
        self.rows = {task.index: Row(task, depth) for task, depth in shown}
        self.open = any(segment.open for segment in timeline.segments)
        self._segments: dict[int, list[Segment]] = {}
        for segment in timeline.segments:
            self._segments.setdefault(segment.task, []).append(segment)
        self.hidden_steps = max(0, timeline.steps - MAX_STEPS) if self.steps else 0
        self._scale()
        self._pack()
        self.bands: list[Band] = []
        self.bottom = self._stack(58)

    # --- across ---
    def _scale(self) -> None:
        """Room for names on the left, for what is written behind the ends of lanes on the right."""
        names = (text_width(row.task.name) + INDENT * row.depth for row in self.rows.values())
        self.left = min(210.0, max(126.0, max(names, default=0) + 28))
        last = min(self.timeline.steps, MAX_STEPS) if self.steps else self.timeline.end_s
        self.last = last or 1
        self.end = self.last * (1.25 if self.open and not self.hidden_steps else 1.1 if self.hidden_steps else 1)
        self.plot = WIDTH - self.left - 16
        for row in self.rows.values():
            label = self.end_label(row.task)
            share = 1 if row.task.end_s is None else self.at(row.task.end_s, row.task.end_step or 0) / self.end
            if label and share > 0:
                self.plot = min(self.plot, (WIDTH - 20 - text_width(label, BOLD) - self.left) / share)
        self.plot = max(self.plot, 0.5 * (WIDTH - self.left))
        if self.steps:
            self.plot = min(self.plot, WIDEST_STEP * self.end)

    def end_label(self, task: Task) -> str:
        """What is written behind the end of a lane: an error's name, or that it has no end."""
        return "" if task.ended in ("returned", "Cancelled") else task.ended

    def at(self, seconds: float, step: int) -> float:
        """The place on the axis, in its own unit."""
        return min(step, MAX_STEPS) if self.steps else seconds

    def x(self, seconds: float, step: int) -> float:
        """The place on the axis, in pixels."""
        return round(self.left + self.plot * self.at(seconds, step) / self.end, 1)

    @property
    def right(self) -> float:
        """Where the axis ends, in pixels."""
        return self.left + self.plot

    def span(self, item: Segment | Scope, *, is_open: bool = False) -> tuple[float, float]:
        """From where to where something goes, in pixels."""
        start = self.x(item.start_s, item.start_step)
        return start, self.right if is_open else self.x(item.end_s, item.end_step)

    def point(self, item: Delivery | Wake) -> float:
        """Where an instant is, in pixels."""
        return self.x(item.at_s, item.step)

    def drawn(self, step: int) -> bool:
        """Whether a step is within what is drawn."""
        return not self.hidden_steps or step < MAX_STEPS

    def segments(self, task: Task) -> list[Segment]:
        """What is drawn of a task."""
        return [segment for segment in self._segments.get(task.index, ()) if self.drawn(segment.start_step)]

    def visible(self, segment: Segment) -> bool:
        """Whether a segment takes room; a run does in any case."""
        start, end = self.span(segment, is_open=segment.open)
        return segment.kind == "run" or end > start

    # --- down ---
    def _pack(self) -> None:
        for row in self.rows.values():
            taken: list[list[tuple[float, float]]] = [[] for _ in range(MAX_LEVELS)]
            for flag in (flag for flag in self.timeline.marks if flag.task == row.task.index and self.drawn(flag.step)):
                x = self.x(flag.at_s, flag.step) + (self.plot / self.end / 2 if self.steps else 0)
                width = flag_width(flag.text)
                start = x if x + width < WIDTH - 4 else x - width
                row.flags.append((flag, x, _level(taken, start, start + width)))
            taken = [[] for _ in range(MAX_LEVELS)]
            for scope in self._brackets(row.task.index):
                start, end = self.span(scope)
                row.brackets.append((scope, _level(taken, start + 2, max(end - 2, start + 4))))

    def _brackets(self, task: int) -> Iterable[Scope]:
        """The scopes drawn below a lane, inner ones first so that they are nearer to it."""
        scopes = [scope for scope in self.timeline.scopes if scope.task == task and self.drawn(scope.start_step)]
        shown = [scope for scope in scopes if scope.nursery is None or scope.deadline_s is not None]
        return sorted(shown, key=lambda scope: (scope.end_step - scope.start_step, scope.start_step))

    def _stack(self, y: float) -> float:
        """Give every row its height, and every nursery its band; the y below the last."""
        open_bands: list[Band] = []
        for row in self.rows.values():
            while open_bands and (open_bands[-1].depth, open_bands[-1].nursery) != (row.depth, row.task.nursery):
                if open_bands[-1].depth < row.depth:
                    break
                y = self._close(open_bands.pop(), y)
            if row.task.nursery is not None and (not open_bands or open_bands[-1].depth < row.depth):
                band = Band(row.task.nursery, row.depth, self._cancelled(row.task.nursery), y + 3)
                y += 6 + (LEVEL if band.scope is not None else 0)
                open_bands.append(band)
                self.bands.append(band)
            if open_bands:
                open_bands[-1].count += 1
            row.top = y + LEVEL * _levels(level for _, _, level in row.flags)
            y = row.bottom + GAP + LEVEL * _levels(level for _, level in row.brackets)
        while open_bands:
            y = self._close(open_bands.pop(), y)
        return y

    def _close(self, band: Band, y: float) -> float:
        band.bottom = y - 1
        return y + 5

    def _cancelled(self, nursery: int) -> Scope | None:
        return next(
            (s for s in self.timeline.scopes if s.nursery == nursery and s.cause and s.cancelled_s is not None), None
        )


def flag_width(words: str) -> float:
    """How wide a flag with these words is."""
    return text_width(words, SMALL) + 8


def _level(taken: list[list[tuple[float, float]]], start: float, end: float) -> int:
    """The first level that is free from `start` to `end`, which is then taken; -1 if there is none."""
    for level, spans in enumerate(taken):
        if all(end + 2 <= other_start or start >= other_end + 2 for other_start, other_end in spans):
            spans.append((start, end))
            return level
    return -1


def _levels(used: Iterable[int]) -> int:
    return max(used, default=-1) + 1
