"""A run step by step: where every task stands before each step, in which of the student's lines, with which values.

Theory of operation
===================
1. A `Camera` is a `Recorder` that also takes a picture, a `Shot`, before each step. Nobody runs at that moment, so the
   frames of all tasks can be read. The last shot is what was left when the run ended or was ended.
2. A task stands in a line of each function of the student that it is in: the innermost is where it goes on, the others
   are the calls that led there.
3. Values are told without running any code of the student: plain values, containers of them, and the attributes of
   objects whose class the notebook defines. What cannot be told that way is left out.
4. As in a timeline, the same schedule gives the same film.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import trio

from .errors import leaf_of
from .lanes import number
from .places import origin_of, plain
from .timeline import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

    from .lanes import Timeline
    from .tracks import Track

MAX_SHOTS = 300
_WIDTH, _ITEMS, _DEPTH, _VALUES = 36, 5, 2, 6
_PLAIN = (type(None), bool, int, float, complex, str, bytes)


class Line(NamedTuple):
    """A line of the student's that a task is in, and the function it belongs to."""

    code: CodeType
    line: int


class Standing(NamedTuple):
    """How one task stands: `state` in words; the lines from the outermost call to where it goes on; its variables."""

    task: int
    state: str
    lines: tuple[Line, ...]
    values: tuple[tuple[str, str], ...]


class Shot(NamedTuple):
    """The run before a step: `goes` is the task that takes it, None after the last."""

    step: int
    at_s: float
    goes: int | None
    standings: tuple[Standing, ...]


@dataclass(frozen=True)
class Film:
    """A run step by step.

    Attributes:
        timeline: what happened.
        shots: one before each step, one at the end.
        choice: the tasks to choose from, if the run was stopped at a choice; a negative number is a task of the lab.
        fell: the line that raised the error with which the run ended, if it did.
    """

    timeline: Timeline
    shots: tuple[Shot, ...]
    choice: tuple[int, ...] | None = None
    fell: Line | None = None

    def name(self, task: int) -> str:
        """What a task is called."""
        return self.timeline.tasks[task].name if task >= 0 else "a task of the lab"

    def text(self) -> str:
        """The film in words: a line for each step."""
        return "\n".join(self._told(shot) for shot in self.shots)

    def _told(self, shot: Shot) -> str:
        when = f"step {shot.step}, {number(shot.at_s)} s"
        if shot.goes is None:
            left = "; ".join(f"{self.name(one.task)} {one.state}" for one in shot.standings)
            return f"{when}: {left or 'all tasks have ended'}"
        one = next(one for one in shot.standings if one.task == shot.goes)
        where = f" from line {one.lines[-1].line} of {function_of(one.lines[-1].code)}" if one.lines else ""
        values = ", ".join(f"{name} = {words}" for name, words in one.values)
        return f"{when}: {self.name(shot.goes)} {one.state}{where}" + (f" with {values}" if values else "")


class Camera(Recorder):
    """Records a run with its shots; arguments as for `Recorder`."""

    def __init__(self, main_name: str | None = None) -> None:
        super().__init__(main_name)
        self._shots: list[Shot] = []
        self._choice: tuple[int, ...] | None = None

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Take a shot of what the step begins with."""
        super().before_task_step(task)
        if self._running is not None and len(self._shots) < MAX_SHOTS:
            self._shoot(self._running)

    def freeze(self) -> None:
        """Take the last shot."""
        if self._cancelled is None:
            self._running = None
            self._shoot(None)
        super().freeze()

    def ask(self, batch: list[trio.lowlevel.Task]) -> None:
        """Note between which tasks the schedule can choose; the run is ended here."""
        tracks = [self._alive.get(task) for task in batch]
        self._choice = tuple(-1 if track is None else track.index for track in tracks)
        self.freeze()

    def film(self, error: BaseException | None = None) -> Film:
        """What was recorded; `error` is what the run raised."""
        return Film(self.timeline(), tuple(self._shots), self._choice, _fell(error))

    def _shoot(self, goes: Track | None) -> None:
        standings = [self._standing(task, track, goes) for task, track in self._alive.items()]
        at_s = round(self._moment().at_s, 6)
        self._shots.append(Shot(self._step, at_s, None if goes is None else goes.index, tuple(standings)))

    def _standing(self, task: trio.lowlevel.Task, track: Track, goes: Track | None) -> Standing:
        frames = list(self._places.frames(task))
        lines = tuple(Line(frame.f_code, line) for frame, line in frames)
        return Standing(track.index, _state(track, goes), lines, tuple(_values(frame for frame, _ in frames)))


def function_of(code: CodeType) -> str:
    """What a function is called: `Store.get`, `worker`; without the functions around it."""
    return code.co_qualname.rsplit("<locals>.", 1)[-1]


def _fell(error: BaseException | None) -> Line | None:
    """The student's innermost line that an error passed."""
    found = None
    for frame, line in traceback.walk_tb(leaf_of(error).__traceback__ if error is not None else None):
        found = Line(frame.f_code, line) if origin_of(frame).student else found
    return found


def _state(track: Track, goes: Track | None) -> str:
    if track is goes:
        return "goes on" if track.steps else "begins"
    if track.woken is not None or not track.steps:
        return "is ready"
    place = track.steps[-1].place
    return f"waits for {place.waits_for}" if place is not None and place.waits_for else "waits"


# --- values ---
def _values(frames: Iterator[FrameType]) -> Iterator[tuple[str, str]]:
    """The variables of a task that can be told, without `self`; of two with the same name the inner one."""
    found: dict[str, str] = {}
    for frame in frames:
        for name, value in frame.f_locals.items():
            told = "" if name == "self" or name.startswith("_") else words(value)
            if told:
                found.pop(name, None)
                found[name] = told
    yield from list(found.items())[-_VALUES:]


def words(value: Any, depth: int = _DEPTH) -> str:
    """A value in a few words; empty if that would need code that is not ours."""
    kind = type(value)
    if kind in _PLAIN:
        return plain(repr(value), _WIDTH)
    if kind in _TOLD:
        return str(_TOLD[kind](value))
    if kind in (list, tuple, set, frozenset, dict):
        return _container(value, depth)
    if kind.__module__ == "__main__" and not isinstance(value, type):
        return _object(value, depth)
    return ""


def _container(value: Any, depth: int) -> str:
    opening, closing = "[]" if isinstance(value, list) else "()" if isinstance(value, tuple) else "{}"
    if depth == 0 and value:
        return f"{opening}…{closing}"
    if isinstance(value, (set, frozenset)):
        told = sorted(words(item, depth - 1) or "…" for item in value)
    elif isinstance(value, dict):
        told = [f"{words(key, 0) or '…'}: {words(item, depth - 1) or '…'}" for key, item in value.items()]
    else:
        told = [words(item, depth - 1) or "…" for item in value[: _ITEMS + 1]]
    shown = [*told[:_ITEMS], *(["…"] if len(told) > _ITEMS else [])]
    return plain(opening + ", ".join(shown) + closing, 2 * _WIDTH)


def _object(value: Any, depth: int) -> str:
    held = getattr(value, "__dict__", None) if "__getattribute__" not in vars(type(value)) else None
    if not isinstance(held, Mapping) or depth == 0:
        return ""
    told = [(name, words(one, depth - 1)) for name, one in list(held.items())[:_ITEMS]]
    inside = ", ".join(f"{name}={said}" for name, said in told if said)
    return plain(f"{type(value).__name__}({inside})", 2 * _WIDTH) if inside else ""


_TOLD: dict[type, Any] = {
    trio.Lock: lambda lock: "held" if lock.locked() else "free",
    trio.Event: lambda event: "set" if event.is_set() else "not set",
    trio.Semaphore: lambda semaphore: f"{semaphore.value} free",
    trio.CapacityLimiter: lambda limiter: f"{limiter.available_tokens:g} free",
}
