"""Run a check beside the student's code and send out what was observed; the verdict is made elsewhere.

Theory of operation
===================
1. The clean side rewrites the check: every assert becomes `_observe(number, left)`. The expected values are not here.
2. It dictates the schedules, one list of picks each, and the seed of the unseen inputs.
3. For every `verify(check)` and schedule the events are: `begin`, one `saw` for each assert that was reached, `raised`
   and `problem` where there was one, `end` with the trace. The clean side knows how many of each there must be.
4. References to everything used here are taken at import, before any student code; what student code may have changed
   in the libraries is put back (`kept`) in the process that runs the checks of a place, before its first one.
5. The check finds the student's names, but neither those that hide a builtin nor those that a given cell had defined.
6. Every function of the check reports when it begins and ends, in the `with _running(number):` that the clean side has
   written around its body. So `end` also tells how often each of them came to an end: who reads a function's inputs
   without calling it can be told from who calls it. A clock that goes back between two reports is a problem of kind
   "clock".
7. A run in virtual time that has failed can be asked for once more, alone: its timeline is sent as well.

Events are lists that JSON can hold:
`["begin", verify, schedule]`, `["saw", number, tagged value]` (and in the reference run the tagged expected value and
the message), `["raised", {...}]`, `["problem", kind, text, at_s]`,
`["end", verify, schedule, trace, end_s, [[ended, of these by a Cancelled] for each function of the check]]`,
`["timeline", {...}]` where it was asked for, `["done", number of verify calls]`.
"""

from __future__ import annotations

import builtins
import inspect
import threading
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import trio

from . import kept, schedules, stimuli
from .errors import in_a_line, leaf_of
from .lanes_json import MAX_ROWS, to_lists
from .timeline import Recorder
from .values import encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from types import CodeType

    from .lanes import Timeline
    from .schedules import Run, Search

    Emit = Callable[[list[Any]], None]

MAX_TEXT = 2_000
_ALWAYS = {"trio": trio, "unseen": stimuli.unseen, "error_of": stimuli.error_of, "describe": stimuli.describe}
_BUILTINS = frozenset(vars(builtins)) - {"_", "__name__", "__doc__"}

_run_each, _encode, _draw_from, _now = schedules.run_each, encode, stimuli.draw_from, trio.current_time
_compile, _exec, _Cancelled = compile, exec, trio.Cancelled
_active_count = threading.active_count
_iscoroutinefunction = inspect.iscoroutinefunction


def run_check(
    namespace: dict[str, Any],
    source: str | CodeType,
    picks_lists: Sequence[Sequence[int]],
    seed: str,
    emit: Emit,
    given: Mapping[str, Any] | None = None,
    *,
    through: bool = False,
    only: Sequence[int] | None = None,
) -> bool:
    """Run one graded cell, rewritten for observation.

    A `verify` is not run again after a schedule under which it failed by itself: it cannot be proven any more.

    Args:
        namespace: the names that the student's cells have defined.
        source: the rewritten cell, or its code.
        picks_lists: the dictated schedules.
        seed: where `unseen` draws from; each schedule has inputs of its own.
        emit: takes each event.
        given: names that given cells have defined; they stand above the student's.
        through: whether all schedules are wanted in any case.
        only: number of the `verify` call and of the schedule: nothing else is run, and its timeline is sent.

    Returns:
        Whether it has left nothing behind that might disturb another check in this process.
    """
    kept.end_hooks()
    witness = _Witness(picks_lists, seed, emit, through, only)
    names = {name: value for name, value in namespace.items() if name not in _BUILTINS}
    names |= {**_ALWAYS, **(given or {}), "__builtins__": builtins, "verify": witness.verify}
    names |= {"_observe": witness.saw, "_reference": witness.saw_reference}
    names |= {"_functions": witness.take_functions, "_running": witness.running}
    try:
        _exec(_compile(source, "<check>", "exec") if type(source) is str else source, names)
    except BaseException as error:  # whatever it is, it is an observation
        emit(["raised", told(error)])
    else:
        emit(["done", witness.verified])
    return witness.clean and _active_count() == 1


class _Witness:
    """The `verify` of a graded cell: runs the check under each dictated schedule and emits what happens."""

    def __init__(
        self,
        picks_lists: Sequence[Sequence[int]],
        seed: str,
        emit: Emit,
        through: bool,
        only: Sequence[int] | None,
    ) -> None:
        self.picks_lists, self.seed, self.emit, self.through = picks_lists, seed, emit, through
        self.only = only
        self.functions: Sequence[str] = ()
        self.verified = 0
        self.clean = True
        self.ended: list[list[int]] = []
        self.latest = 0.0

    def take_functions(self, *names: str) -> None:
        """Hear which functions the check has, by number; their calls are counted."""
        self.functions = names

    def running(self, number: int) -> _Running:
        """What a function of the check runs in."""
        return _Running(self, number)

    def look_at_clock(self) -> None:
        """Note the time; it only goes forward."""
        try:
            now = _now()
        except RuntimeError:  # a function that is called outside of any run
            return
        if now < self.latest:
            self.emit(["problem", "clock", "the clock was turned back", now])
        self.latest = now

    def saw(self, number: int, left: object) -> None:
        """Send out the observed side of an assert."""
        self.emit(["saw", number, _encode(left)])

    def saw_reference(self, number: int, left: object, right: object, message: Callable[[], str]) -> None:
        """Send out both sides and the promise: in the reference run only."""
        self.emit(["saw", number, _encode(left), _encode(right), str(message())[:MAX_TEXT]])

    def verify(
        self,
        check: Callable[[], Any],
        *,
        look: str | None = None,
        worth: float | None = None,
        tolerate: Sequence[str] = (),
        schedules: int = 0,
    ) -> float | None:
        """Stand in for `servicelab.verify`: the same arguments, no verdict."""
        del look, schedules  # the clean side dictates the schedules
        recorder = None if self.only is None else Recorder(getattr(check, "__name__", "check"))
        _run_each(
            as_async(check),
            self._search(tolerate, recorder),
            instruments=[recorder] if recorder else [],
            forbid_blocking="blocked" not in tolerate,
            real_threads=in_real_time(tolerate),
        )
        self.verified += 1
        return worth

    def _search(self, tolerate: Sequence[str], recorder: Recorder | None) -> Search:
        """The dictated schedules; what each has shown is sent out."""
        for schedule in self._asked_for(tolerate):
            run = yield self._begun(schedule)
            if not self._told(run, schedule, tolerate, recorder) and not self.through:
                return

    def _asked_for(self, tolerate: Sequence[str]) -> Iterable[int]:
        """The schedules to run; what takes real time is never the same twice, so nobody needs it once more."""
        if self.only is None:
            return range(len(self.picks_lists))
        verify, schedule = self.only
        return [schedule] if verify == self.verified and not in_real_time(tolerate) else []

    def _begun(self, schedule: int) -> Sequence[int]:
        """Begin a run: its picks."""
        self.emit(["begin", self.verified, schedule])
        _draw_from(f"{self.seed}:{schedule}")
        self.ended = [[0, 0] for _ in self.functions]
        self.latest = 0.0
        return self.picks_lists[schedule]

    def _told(self, run: Run, schedule: int, tolerate: Sequence[str], recorder: Recorder | None) -> bool:
        """Send out what a run has shown; False if it failed by itself, whatever was observed."""
        if run.error is not None:
            self.emit(["raised", told(run.error)])
        self.clean = self.clean and all(problem.kind == "swallowed" for problem in run.problems)
        problems = [problem for problem in run.problems if problem.kind not in tolerate]
        for problem in problems:
            self.emit(["problem", problem.kind, problem.text[:MAX_TEXT], problem.at_s])
        if run.end_s < self.latest - 1e-6:
            self.emit(["problem", "clock", "the clock was turned back", run.end_s])
        self.emit(["end", self.verified, schedule, [list(choice) for choice in run.trace], run.end_s, self.ended])
        if recorder is not None and (run.steps <= 2 * MAX_ROWS or run.end_s == 0):  # else it has too many parts
            self.emit(["timeline", to_lists(_without_places(recorder.timeline(), self.functions))])
        return run.error is None and not problems


class _Running:
    """Reports the beginning and the end of one call of a function of the check."""

    __slots__ = ("number", "witness")

    def __init__(self, witness: _Witness, number: int) -> None:
        self.witness, self.number = witness, number

    def __enter__(self) -> None:
        self.witness.look_at_clock()

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        self.witness.look_at_clock()
        ended = self.witness.ended[self.number]
        ended[0] += 1
        ended[1] += kind is _Cancelled


def _without_places(timeline: Timeline, functions: Sequence[str]) -> Timeline:
    """Leave out where functions of the check waited: rewritten, it has other lines than what the student reads."""
    segments = (
        replace(one, function=None, line=None) if one.function in functions else one for one in timeline.segments
    )
    return replace(timeline, segments=tuple(segments))


def in_real_time(tolerate: Sequence[str]) -> bool:
    """Whether the threads of a check take real time: it says so, or it is about what blocks."""
    return "threads" in tolerate or "blocked" in tolerate


def as_async(check: Callable[[], Any]) -> Callable[[], Awaitable[Any]]:
    """A check as an async function, whichever it is."""
    if _iscoroutinefunction(check):
        return check

    async def called() -> Any:
        return check()

    return called


def told(error: BaseException) -> dict[str, Any]:
    """Tell an exception in plain data: its text, the innermost student frame, whether it came from a stub."""
    leaf = leaf_of(error)
    frame = student_frame(leaf)
    return {
        "type": type(leaf).__name__[:MAX_TEXT],
        "text": in_a_line(leaf)[:MAX_TEXT],
        "inside": type(error).__name__[:MAX_TEXT] if leaf is not error else "",
        "where": frame and f"`{frame[0]}`, line {frame[1]}"[:MAX_TEXT],
        "stub": isinstance(leaf, NotImplementedError) and str(leaf)[:MAX_TEXT],
    }


def student_frame(error: BaseException) -> tuple[str, int] | None:
    """Function and line of the innermost frame that is neither a library's nor the check's."""
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_globals.get("__name__") == "__main__" and frame.f_code.co_filename != "<check>":
            found = frame.f_code.co_name, line
    return found
