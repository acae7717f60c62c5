"""What happened in a trio run: record it, keep it as plain data, tell it in words.

Theory of operation
===================
1. A `Recorder` is an instrument. While the program runs it stores one small tuple for each step of a task and looks
   nothing up twice; `timeline()` makes sense of them afterwards.
2. In virtual time a step has no width: time passes only while every task is blocked. So a lane is what its task
   *waited for*, and its steps are points. `steps` counts them, a second axis for programs in which no time passes.
3. Recording changes nothing: no public property with a side effect is read, no code of the student is called.
4. Only the tasks below the main task are shown. Trio's own are not, nor those of servicelab (a module
   `servicelab.*` and a function with a leading underscore); a task begun by one of these belongs to the nearest
   shown one above it.
5. If the main task begins in servicelab, its outermost cancel scope is the one that `schedules` ends a hopeless
   run with. It is not drawn, and when it is cancelled the recording stops: what follows is not the program's doing.
6. What goes through memory channels is recorded where asked (`channels=True`): see `handovers`.
7. The same schedule gives the same timeline, in every run and on every Python: no ids, no addresses, sorted.
"""

from __future__ import annotations

import trio

from . import _trio
from .handovers import Handovers
from .lanes import Delivery, Handover, Mark, Scope, Segment, Task, Timeline, Wake
from .places import Places, module_of, plain, task_name
from .tracks import Cancel, Moment, Scopes, Step, Track, assemble

__all__ = ["Delivery", "Handover", "Mark", "Recorder", "Scope", "Segment", "Task", "Timeline", "Wake", "mark"]

MAX_RECORDED = 10_000
"""Steps of a run that are recorded: the rest of a longer one, which most often has no end, is not drawn."""

_recorder: trio.lowlevel.RunVar[Recorder | None] = trio.lowlevel.RunVar("servicelab_recorder", None)


def mark(text: str) -> None:
    """Set a flag with `text` on the running task's lane; does nothing where no timeline is recorded.

    Args:
        text: what to write on the flag; a few words.
    """
    try:
        recorder = _recorder.get()
    except RuntimeError:  # not in a trio run
        return
    if recorder is not None:
        recorder.mark(text)


class Recorder(trio.abc.Instrument):
    """Records a run from its start: hand it to `trio.run(..., instruments=[recorder])`.

    Args:
        main_name: what to call the main task, if it is a wrapper around the student's function.
        channels: whether to record what goes through memory channels.
    """

    def __init__(self, main_name: str | None = None, *, channels: bool = False) -> None:
        self._main_name = main_name
        self._handovers = Handovers(self._moment_here) if channels else None
        self._places = Places()
        self._tracks: list[Track] = []
        self._alive: dict[trio.lowlevel.Task, Track] = {}
        self._hidden: dict[trio.lowlevel.Task, int] = {}
        self._nurseries: set[trio.CancelScope] = set()
        self._marks: list[tuple[Moment, str]] = []
        self._wrapped = False
        self._house: trio.CancelScope | None = None
        self._cancelled: dict[trio.CancelScope, str] | None = None
        self._step = 0
        self._now_s = self._start_s = 0.0
        # The step that is being taken: whose, who woke it, the Cancelled it began with.
        self._running: Track | None = None
        self._woken: Moment | None = None
        self._cancel: Cancel | None = None

    # --- hooks of the run ---
    def before_run(self) -> None:
        """Begin."""
        self._time = trio.lowlevel.current_clock().current_time
        self._start_s = self._time()
        _recorder.set(self)
        if self._handovers is not None:
            self._handovers.watch()

    def after_run(self) -> None:
        """Record nothing more, nor what is left when a run was given up."""
        self.freeze()
        if self._handovers is not None:
            self._handovers.stop()

    def task_spawned(self, task: trio.lowlevel.Task) -> None:
        """Open a lane."""
        nursery = task.eventual_parent_nursery or task.parent_nursery
        if nursery is None or self._cancelled is not None:
            return
        above = self._alive.get(nursery.parent_task)
        parent = above.index if above is not None else self._hidden.get(nursery.parent_task)
        house = module_of(task).split(".")[0] == "servicelab"
        if parent is not None:
            if house and task.name.rsplit(".", 1)[-1].startswith("_"):
                self._hidden[task] = parent
            else:
                self._open(task, task_name(task), parent, nursery.cancel_scope)
        elif not self._tracks and not task.name.startswith("<"):  # the main task, not one of trio's own
            self._wrapped = house
            self._open(task, self._main_name or ("main" if house else task_name(task)), None, None)

    def task_scheduled(self, task: trio.lowlevel.Task) -> None:
        """Note who woke the task."""
        track = self._alive.get(task)
        if track is None:
            return
        if self._running is None and self._given_up(task):
            self.freeze()
        else:
            track.woken = self._moment()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Note what the step begins with."""
        track = self._running = self._alive.get(task)
        if track is None:
            return
        if self._given_up(task):
            self.freeze()
            return
        self._now_s = self._time() - self._start_s
        self._woken, track.woken = track.woken, None
        self._cancel = None if _trio.delivered(task) is None else Cancel(_trio.cancelling_scope(task))

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Note where the task waits now."""
        track, self._running = self._running, None
        if track is None or task not in self._alive:
            return
        scopes = _trio.open_scopes(task)
        if scopes:
            self._nurseries.update(nursery.cancel_scope for nursery in task.child_nurseries)
            if self._wrapped and track.index == 0 and self._house is None:
                self._house = scopes[-1]
        track.steps.append(Step(self._now_s, self._step, self._woken, self._cancel, self._places.of(task), scopes))
        self._step += 1
        if self._step >= MAX_RECORDED:
            self._marks.append((Moment(self._now_s, self._step, track.index), "recorded until here"))
            self.freeze()

    def task_exited(self, task: trio.lowlevel.Task) -> None:
        """Close a lane."""
        self._hidden.pop(task, None)
        track = self._alive.pop(task, None)
        if track is None:
            return
        track.error = _trio.error_at_exit(task)
        track.steps.append(Step(self._now_s, self._step, self._woken, self._cancel, None, ()))
        self._step += 1
        track.ended = Moment(self._now_s, self._step, None)

    # --- for users ---
    def mark(self, text: str) -> None:
        """Set a flag with `text` on the lane of the running task."""
        if self._running is not None:
            self._marks.append((self._moment(), plain(str(text), 80)))

    def freeze(self) -> None:
        """Record nothing from now on: what follows is only the end of a run that was given up."""
        if self._cancelled is None:
            self._cancelled = self._cancelled_scopes()
            self._alive, self._running = {}, None

    def timeline(self) -> Timeline:
        """Make the timeline of what was recorded; in the middle of a run, of what has happened so far."""
        cancelled = self._cancelled_scopes() if self._cancelled is None else self._cancelled
        sent = () if self._handovers is None else self._handovers.sent
        return assemble(self._tracks, self._marks, sent, Scopes(cancelled, self._nurseries, self._house, self._start_s))

    # --- in between ---
    def _open(self, task: trio.lowlevel.Task, name: str, parent: int | None, nursery: trio.CancelScope | None) -> None:
        track = self._alive[task] = Track(len(self._tracks), name, parent, nursery, self._moment())
        self._tracks.append(track)

    def _moment(self) -> Moment:
        if self._running is None:
            return Moment(self._time() - self._start_s, self._step, None)
        return Moment(self._now_s, self._step, self._running.index)

    def _moment_here(self) -> Moment | None:
        """The moment, if it is a shown task of this very run that asks."""
        try:
            return self._moment() if self._running is not None and _recorder.get() is self else None
        except RuntimeError:  # not in a trio run
            return None

    def _given_up(self, task: trio.lowlevel.Task) -> bool:
        house = self._house
        return house is not None and _trio.delivered(task) is not None and _trio.cancelling_scope(task) is house

    def _cancelled_scopes(self) -> dict[trio.CancelScope, str]:
        seen = {scope for track in self._tracks for step in track.steps for scope in step.scopes}
        sources = {scope: _trio.cancel_source(scope) for scope in seen - {self._house}}
        return {scope: source for scope, source in sources.items() if source is not None}
