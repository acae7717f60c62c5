"""What a recorder stores while a program runs, and how a timeline is made of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import inf, isinf
from typing import TYPE_CHECKING, NamedTuple

import trio

from .lanes import NEVER, Delivery, Handover, Mark, Scope, Segment, Task, Timeline, Wake, cause_words, number
from .places import Place, error_line, how_ended

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from .handovers import Sent

CAUSES = {
    "deadline": "deadline passed",
    "explicit": "cancelled by hand",
    "nursery": "a task failed",
    "KeyboardInterrupt": "interrupted",
    "shutdown": "the run ended",
}
"""Our words for `trio.Cancelled.source`."""


class Moment(NamedTuple):
    """A point of the run: virtual seconds since it began, steps taken before, and the task that was running."""

    at_s: float
    step: int
    running: int | None

    @property
    def next_step(self) -> int:
        """The first step that can begin after this moment."""
        return self.step if self.running is None else self.step + 1


class Cancel(NamedTuple):
    """A `Cancelled` that a step began with, and the scope that caused it."""

    scope: trio.CancelScope | None


class Step(NamedTuple):
    """One step of a task, and the place and open scopes where it waits after it; no place if it ended."""

    at_s: float
    step: int
    woken: Moment | None
    cancel: Cancel | None
    place: Place | None
    scopes: Sequence[trio.CancelScope]

    def own_scopes(self) -> Sequence[trio.CancelScope]:
        """The open scopes without those that trio itself opens inside `sleep` and `checkpoint`."""
        inner = 1 if self.place is not None and self.place.inside_own_scope else 0
        return [scope for scope in self.scopes[inner:] if scope.deadline != -inf]


@dataclass(slots=True)
class Track:
    """What is stored of one task."""

    index: int
    name: str
    parent: int | None
    nursery: trio.CancelScope | None
    begun: Moment
    woken: Moment | None = None
    steps: list[Step] = field(default_factory=list)
    ended: Moment | None = None
    error: BaseException | None = None

    def segments(self, end: Moment) -> Iterator[Segment]:
        """What the task did from its begin to its end, or to the end of the run."""
        at_s, step, place = self.begun.at_s, self.begun.next_step, None
        for current in self.steps:
            woken = current.woken or Moment(at_s, step, None)
            if place is not None and (woken.next_step > step or woken.at_s > at_s):
                yield self._wait(place, at_s, woken.at_s, step, woken.next_step)
                at_s, step = woken.at_s, woken.next_step
            if current.step > step:
                yield Segment(self.index, "ready", *_times(at_s, current.at_s), step, current.step)
            yield Segment(self.index, "run", *_times(current.at_s, current.at_s), current.step, current.step + 1)
            at_s, step, place = current.at_s, current.step + 1, current.place
        if self.ended is None:
            waiting = Place("ready", "", None, None, False) if place is None or self.woken is not None else place
            yield self._wait(waiting, at_s, end.at_s, step, max(step, end.step), is_open=True)

    def _wait(
        self, place: Place, start_s: float, end_s: float, start: int, end: int, *, is_open: bool = False
    ) -> Segment:
        times = _times(start_s, end_s)
        return Segment(self.index, place.kind, *times, start, end, place.waits_for, place.function, place.line, is_open)

    def deliveries(self) -> Iterator[Step]:
        """The steps that began with a `Cancelled` of the student's own scopes."""
        before: Step | None = None
        for step in self.steps:
            if step.cancel is not None and not _ends_sleep(before, step.cancel):
                yield step
            before = step

    def spans(self, end: Moment) -> Iterator[tuple[trio.CancelScope, Moment, Moment]]:
        """The cancel scopes the task had open while it waited, with the step that entered and the one that left."""
        entered: dict[trio.CancelScope, Moment] = {}
        for step in self.steps:
            here = step.own_scopes()
            for scope in [scope for scope in entered if scope not in here]:
                yield scope, entered.pop(scope), Moment(step.at_s, step.step + 1, None)
            for scope in reversed(here):
                entered.setdefault(scope, Moment(step.at_s, step.step, None))
        for scope, since in entered.items():
            yield scope, since, end


def _ends_sleep(before: Step | None, cancel: Cancel) -> bool:
    """Whether a `Cancelled` is only how `trio.sleep` wakes up."""
    return bool(before and before.place and before.place.inside_own_scope and cancel.scope is before.scopes[0])


@dataclass(frozen=True)
class Scopes:
    """What is known of the run's cancel scopes.

    Attributes:
        cancelled: those that were cancelled, and why, as `trio.Cancelled.source` says it.
        nurseries: those that belong to nurseries.
        house: that of servicelab's wrapper, which is not shown.
        start_s: what the run's clock showed at the start; deadlines count from there.
    """

    cancelled: Mapping[trio.CancelScope, str]
    nurseries: Collection[trio.CancelScope]
    house: trio.CancelScope | None
    start_s: float

    def deadline(self, scope: trio.CancelScope) -> float | None:
        """The deadline in seconds of the run, None if there is none."""
        return None if isinf(scope.deadline) else _s(scope.deadline - self.start_s)

    def shows(self, scope: trio.CancelScope, numbers: dict[trio.CancelScope, int]) -> bool:
        """Whether there is something to tell of a scope: a deadline, a shield, a cancellation."""
        if scope is self.house or (scope in self.nurseries and scope not in numbers):
            return False
        return scope in self.cancelled or scope.shield or self.deadline(scope) is not None


def assemble(
    tracks: Sequence[Track], marks: Sequence[tuple[Moment, str]], sent: Sequence[Sent], known: Scopes
) -> Timeline:
    """Make a timeline of tasks, flags and what was sent, each in the order in which it was begun, set or sent."""
    steps = sum(len(track.steps) for track in tracks)
    last_s = [step.at_s for track in tracks for step in track.steps[-1:]]
    end = Moment(max([*last_s, *(track.begun.at_s for track in tracks)], default=0.0), steps, None)
    tasks = _tasks(tracks)
    scopes = list(_scopes(tracks, end, known))
    return Timeline(
        tasks=tasks,
        segments=tuple(segment for track in tracks for segment in track.segments(end)),
        scopes=tuple(shown for _, shown in scopes),
        deliveries=tuple(_deliveries(tracks, tasks, dict(scopes))),
        wakes=tuple(sorted(_wakes(tracks), key=lambda wake: (wake.step, wake.target))),
        marks=tuple(Mark(at.running, _s(at.at_s), at.step, text) for at, text in marks if at.running is not None),
        end_s=_s(end.at_s),
        steps=steps,
        handovers=tuple(_handovers(sent)),
    )


def _tasks(tracks: Sequence[Track]) -> tuple[Task, ...]:
    numbers = _nursery_numbers(tracks)
    total, seen = Counter(track.name for track in tracks), Counter[str]()
    tasks = []
    for track in tracks:
        seen[track.name] += 1
        name = f"{track.name} {seen[track.name]}" if total[track.name] > 1 else track.name
        nursery = None if track.nursery is None else numbers[track.nursery]
        end_s, end_step = (None, None) if track.ended is None else (_s(track.ended.at_s), track.ended.step)
        ended = NEVER if track.ended is None else how_ended(track.error)
        error = "" if ended in (NEVER, "returned", "Cancelled") else error_line(track.error)
        begun = _s(track.begun.at_s), track.begun.next_step
        tasks.append(Task(track.index, name, track.parent, nursery, *begun, end_s, end_step, ended, error))
    return tuple(tasks)


def _nursery_numbers(tracks: Sequence[Track]) -> dict[trio.CancelScope, int]:
    numbers: dict[trio.CancelScope, int] = {}
    for track in tracks:
        if track.nursery is not None:
            numbers.setdefault(track.nursery, len(numbers))
    return numbers


def _scopes(tracks: Sequence[Track], end: Moment, known: Scopes) -> Iterator[tuple[trio.CancelScope, Scope]]:
    numbers, orders = _nursery_numbers(tracks), _orders(tracks, known)
    for track in tracks:
        spans = sorted(track.spans(end), key=lambda span: (span[1].step, -span[2].step))
        for scope, since, until in spans:
            if not known.shows(scope, numbers):
                continue
            order = orders.get(scope)
            if order is None and scope in known.cancelled and scope not in known.nurseries:
                # no task was left to be told; of a nursery it is only a consequence of what is told elsewhere
                order = Order(until, CAUSES.get(known.cancelled[scope], "cancelled"), None)
            yield (
                scope,
                Scope(
                    task=track.index,
                    start_s=_s(since.at_s),
                    end_s=_s(until.at_s),
                    start_step=since.step,
                    end_step=until.step,
                    deadline_s=known.deadline(scope),
                    shield=scope.shield,
                    cause=order.cause if order else "",
                    by=order.by if order else None,
                    cancelled_s=_s(order.at.at_s) if order else None,
                    cancelled_step=order.at.next_step if order else None,
                    nursery=numbers.get(scope),
                ),
            )


class Order(NamedTuple):
    """A cancellation: when a task was first told, why, and which task did it, if known."""

    at: Moment
    cause: str
    by: int | None


def _orders(tracks: Sequence[Track], known: Scopes) -> dict[trio.CancelScope, Order]:
    """When each scope was first seen to cancel, why, and which task did it."""
    found: dict[trio.CancelScope, tuple[Moment, int | None]] = {}
    for track in tracks:
        for step in track.deliveries():
            scope = step.cancel.scope if step.cancel else None
            if scope is None or step.woken is None:
                continue
            by = None if step.woken.running == track.index else step.woken.running
            before = found.get(scope)
            if before is None or (by is None, step.woken.step) < (before[1] is None, before[0].step):
                found[scope] = step.woken, by
    return {scope: _order(scope, at, by, tracks, known) for scope, (at, by) in found.items()}


def _order(scope: trio.CancelScope, at: Moment, by: int | None, tracks: Sequence[Track], known: Scopes) -> Order:
    cause = CAUSES.get(known.cancelled.get(scope, ""), "cancelled")
    if cause != "a task failed":
        return Order(at, cause, by if cause == "cancelled by hand" else None)
    failed = [track for track in tracks if track.nursery is scope and track.ended and track.error is not None]
    first = min(failed, key=lambda track: track.steps[-1].step, default=None)
    if first is None or first.steps[-1].step > at.step or how_ended(first.error) == "Cancelled":
        return Order(at, "the nursery's block failed", None)
    return Order(at, cause, first.index)


def _deliveries(
    tracks: Sequence[Track], tasks: tuple[Task, ...], scopes: Mapping[trio.CancelScope, Scope]
) -> Iterator[Delivery]:
    for track in tracks:
        for step in track.deliveries():
            scope = scopes.get(step.cancel.scope) if step.cancel and step.cancel.scope else None
            words = "cancelled" if scope is None else delivery_words(scope, track.index, tasks)
            yield Delivery(track.index, _s(step.at_s), step.step, words)


def delivery_words(scope: Scope, task: int, tasks: tuple[Task, ...]) -> str:
    """Why a task was cancelled by a scope: `deadline 2 s of main passed`, `broken raised OSError`."""
    if scope.cause == "deadline passed" and scope.deadline_s is not None:
        owner = "" if scope.task == task else f" of {tasks[scope.task].name}"
        return f"deadline {number(scope.deadline_s)} s{owner} passed"
    return cause_words(scope.cause, scope.by, tasks)


def _wakes(tracks: Sequence[Track]) -> Iterator[Wake]:
    for track in tracks:
        for place, step in enumerate(track.steps):
            if step.woken is None or step.woken.running in (None, track.index):
                continue
            kind = "start" if place == 0 else "wake" if step.cancel is None else "cancel"
            yield Wake(step.woken.running or 0, track.index, _s(step.woken.at_s), step.woken.step, kind)


def _handovers(sent: Sequence[Sent]) -> Iterator[Handover]:
    for one in sent:
        if one.at.running is not None:
            to = one.received
            received = (None, None, None) if to is None else (to.running, _s(to.at_s), to.step)
            yield Handover(one.words, one.at.running, _s(one.at.at_s), one.at.step, *received)


def _s(seconds: float) -> float:
    return round(seconds, 6)


def _times(start: float, end: float) -> tuple[float, float]:
    return _s(start), _s(end)
