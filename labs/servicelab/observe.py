"""Run a check beside the student's code and send out what was observed; the verdict is made elsewhere.

Theory of operation
===================
1. The clean side rewrites the check: every assert becomes `_observe(number, left)`. The expected values are not here.
2. It dictates the schedules, one list of picks each, and the seed of the unseen inputs.
3. For every `verify(check)` and schedule the events are: `begin`, one `saw` for each assert that was reached, `raised`
   and `problem` where there was one, `end` with the trace. The clean side knows how many of each there must be.
4. References to everything used here are taken at import, before any student code; library attributes are put back
   before the check runs, in a process of its own.

Events are lists that JSON can hold:
`["begin", verify, schedule]`, `["saw", number, tagged value]` (and in the reference run the tagged expected value and
the message), `["raised", {...}]`, `["problem", kind, text, at_s]`, `["end", verify, schedule, trace, end_s]`,
`["done", number of verify calls]`.
"""

from __future__ import annotations

import importlib
import inspect
import traceback
from typing import TYPE_CHECKING, Any

from . import schedules, stimuli
from .values import encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    Emit = Callable[[list[Any]], None]

MAX_TEXT = 2_000
_RESTORED = ("builtins", "random", "json", "time", "math", "trio", "trio.lowlevel", "trio.testing")
_ORIGINALS = [(vars(module), dict(vars(module))) for module in map(importlib.import_module, _RESTORED)]
_KEPT = {"_", "get_ipython", "display", "__builtins__", "__warningregistry__"}

_run_once, _encode, _draw_from = schedules.run_once, encode, stimuli.draw_from
_iscoroutinefunction = inspect.iscoroutinefunction
_BLAMELESS = ("leak", "swallowed", "blocked")


def restore_libraries() -> None:
    """Put back library attributes that student code may have replaced."""
    for current, original in _ORIGINALS:
        for name, value in original.items():
            if current.get(name) is not value and name not in _KEPT:
                current[name] = value


def run_check(
    namespace: dict[str, Any], source: str, picks_lists: Sequence[Sequence[int]], seed: str, emit: Emit
) -> None:
    """Run one graded cell, rewritten for observation.

    Args:
        namespace: the names that the student's cells have defined.
        source: the rewritten cell.
        picks_lists: the dictated schedules.
        seed: where `unseen` draws from; each schedule has inputs of its own.
        emit: takes each event.
    """
    restore_libraries()
    witness = _Witness(picks_lists, seed, emit)
    names = {**namespace, "verify": witness.verify, "unseen": stimuli.unseen}
    names |= {"error_of": stimuli.error_of, "describe": stimuli.describe}
    names |= {"_observe": witness.saw, "_reference": witness.saw_reference}
    try:
        exec(compile(source, "<check>", "exec"), names)
    except BaseException as error:  # whatever it is, it is an observation
        emit(["raised", told(error)])
    else:
        emit(["done", witness.verified])


class _Witness:
    """The `verify` of a graded cell: runs the check under each dictated schedule and emits what happens."""

    def __init__(self, picks_lists: Sequence[Sequence[int]], seed: str, emit: Emit) -> None:
        self.picks_lists, self.seed, self.emit = picks_lists, seed, emit
        self.verified = 0

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
    ) -> float | None:
        """Stand in for `servicelab.verify`: the same arguments, no verdict."""
        del look
        for schedule, picks in enumerate(self.picks_lists):
            self.emit(["begin", self.verified, schedule])
            _draw_from(f"{self.seed}:{schedule}")
            self._run(check, picks, schedule, tolerate)
        self.verified += 1
        return worth

    def _run(self, check: Callable[[], Any], picks: Sequence[int], schedule: int, tolerate: Sequence[str]) -> None:
        run = _run_once(as_async(check), picks=picks, forbid_blocking="blocked" not in tolerate)
        if run.error is not None:
            self.emit(["raised", told(run.error)])
        for problem in run.problems:
            if problem.kind not in tolerate:
                self.emit(["problem", problem.kind, problem.text[:MAX_TEXT], problem.at_s])
        self.emit(["end", self.verified, schedule, [list(choice) for choice in run.trace], run.end_s])


def as_async(check: Callable[[], Any]) -> Callable[[], Awaitable[Any]]:
    """A check as an async function, whichever it is."""
    if _iscoroutinefunction(check):
        return check

    async def called() -> Any:
        return check()

    return called


def told(error: BaseException) -> dict[str, Any]:
    """Tell an exception in plain data: its text, the innermost student frame, whether it came from a stub."""
    leaf = error
    while isinstance(leaf, BaseExceptionGroup):
        leaf = leaf.exceptions[0]
    try:
        text = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[0]
    except Exception:  # a student's exception whose __str__ raises
        text = type(error).__name__
    frame = student_frame(leaf)
    return {
        "type": type(leaf).__name__[:MAX_TEXT],
        "text": text[:MAX_TEXT],
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
