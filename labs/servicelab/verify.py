"""`verify(check)`: run a check under many schedules, closed, and tell a failure so that it helps.

Theory of operation
===================
1. The check's asserts are rewritten so that a failing one keeps the values of both sides (`promises`).
2. Its schedules are explored: all of them if there are few, else some in order of deviations and some that Hypothesis
   draws (`schedules.explore`). A few further sets of unseen inputs run under dictated schedules.
3. A run fails if an assert breaks, an exception leaves the check, or the run shows a problem that no correct program
   has: a task or an open nursery left behind, a swallowed cancellation, a blocking call, a deadlock, no end.
4. The failing run is repeated before a camera, drawn with a slider for its steps, and told in three parts: promised,
   happened, look at.
5. Silence is not success: the check must be a function that asserts something, and `verify` awaits it itself.
"""

from __future__ import annotations

import linecache
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import slips, stimuli
from .errors import AuthorError, CheckFailed, CouldNotBeJudged, Failure, NotAttempted, NotYet, in_a_line, leaf_of
from .film import Camera
from .observe import as_async, in_real_time
from .promises import BrokenPromise, Promise, keeping, look_for, title_of
from .replaying import Replay
from .schedules import MAX_STEPS, Run, dictated, explore, run_once
from .watch import GRAVE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .film import Film

_OTHER_INPUTS = range(1, 6)
FILM_STEPS = 2_000  # of a run without end: nobody looks at more, and to draw them takes long


@dataclass(frozen=True)
class Check:
    """A check made ready to run: its function's name, id and title, its twin with kept promises, what it tolerates.

    `kept` holds the numbers of the asserts that have held so far in the present run, `reached` for each run that was
    filmed the number of the last of them.
    """

    name: str
    check_id: str | None
    title: str
    main: Callable[[], Any]
    promises: list[Promise]
    look: str | Mapping[str, str]
    tolerate: tuple[str, ...]
    source_file: str
    kept: list[int] = field(default_factory=list)
    reached: dict[tuple[tuple[int, ...], int], int] = field(default_factory=dict)

    def blame(self, run: Run) -> list[str]:
        """The kinds of problem of a run that count."""
        return [problem.kind for problem in run.problems if problem.kind not in self.tolerate]

    def fails(self, run: Run) -> bool:
        """Whether a run breaks the check."""
        return run.error is not None or bool(self.blame(run))


def verify(
    check: Callable[[], Any],
    *,
    look: str | Mapping[str, str] | None = None,
    worth: float | None = None,
    tolerate: Sequence[str] = (),
    schedules: int = 24,
) -> float | None:
    """Run a check under many schedules and many inputs.

    Args:
        check: a function without arguments, async or not, that asserts what was promised.
        look: where a student should look when it fails; the exercise's first hint by default. Where one line does not
            serve all promises: `{"a promise, in the words of its assert": "its line", "": "the line of all others"}`;
            under "deadlock" that of a run that waits for ever.
        worth: partial credit in points: the value to return when the check passes; 0 is returned when it does not.
        tolerate: kinds of problem that the check causes on purpose: "swallowed", "blocked", "leak". With "threads"
            or "blocked", threads take real time.
        schedules: how many schedules to try before Hypothesis draws some.

    Returns:
        None, or the points earned if `worth` is given.

    Raises:
        NotYet: if a promise was broken.
        NotAttempted: if the exercise still holds its stub.
        CouldNotBeJudged: if something is missing that the check needs.
        AuthorError: if the check asserts nothing, or not in a form that can be graded.
    """
    prepared = prepare(check, look, tuple(tolerate))
    tried, failing, inputs = _search(prepared, schedules)
    if prepared.check_id:
        _record(prepared.check_id, failing is None)
    if failing is None:
        print(f"Passed: {prepared.title} ({tried})")
        return worth
    endless = any(problem.kind == "endless" for problem in failing.problems)
    film = filmed(prepared, failing.picks, inputs, max_steps=FILM_STEPS if endless else MAX_STEPS)[1]
    error = explain(prepared, failing, inputs)
    if isinstance(error, NotYet):
        Replay(film)._ipython_display_()
    if worth is None:
        raise error from None
    print(error.failure.text())
    return 0.0


def replay(check: Callable[[], Any], picks: Sequence[int] = (), inputs: int = 0) -> Replay:
    """Run a check once under the schedule that a failure named, to be stepped through.

    Args:
        check: the check.
        picks: the schedule, as the failure printed it.
        inputs: the number of the unseen inputs, as the failure printed it.

    Returns:
        That run: a notebook draws its timeline and a slider for its steps; `text()` tells them in words.
    """
    prepared = prepare(check)
    run, film = filmed(prepared, picks, inputs)
    if prepared.fails(run):
        print(explain(prepared, run, inputs).failure.text())
    else:
        print(f"Under schedule {run.picks} with inputs {inputs} the check passes.")
    return Replay(film)


def prepare(
    check: Callable[[], Any], look: str | Mapping[str, str] | None = None, tolerate: tuple[str, ...] = ()
) -> Check:
    """Make a check ready to run; arguments and errors as for `verify`."""
    if not callable(check):
        raise AuthorError(f"expected a check, that is a function, not {check!r}: pass it without calling it")
    from .notebook import current_cell_source

    check_id, title = title_of(current_cell_source() or "") or (None, check.__name__.replace("_", " "))
    kept: list[int] = []
    twin, promises = keeping(check, kept.append)
    if not promises:
        raise AuthorError(f"check {title!r} asserts nothing that can be judged")
    name, source_file = check.__name__, check.__code__.co_filename
    look = look or _first_hint(check_id)
    return Check(name, check_id, title, as_async(twin), promises, look, tolerate, source_file, kept)


def _first_hint(check_id: str | None) -> str:
    from .hints import rungs

    known = rungs(check_id.split("-", 1)[0]) if check_id else ()
    return known[0].strip() if known else ""


def _search(check: Check, limit: int) -> tuple[str, Run | None, int]:
    """Explore schedules with the first inputs, then try other inputs; what was tried, the failure, its inputs."""
    how: dict[str, Any] = {
        "forbid_blocking": "blocked" not in check.tolerate,
        "real_threads": in_real_time(check.tolerate),
    }
    stimuli.draw_from("practice:0")
    first = run_once(check.main, **how)
    if check.fails(first):
        return "", first, 0
    if len(first.trace) == 0:
        tried, found = "the only schedule", None
    else:
        found = explore(check.main, check.fails, limit=limit, drawn=limit // 2, **how)
        tried = f"all {found.runs} schedules" if found.complete else f"{found.runs} schedules"
        if found.failure is not None:
            return "", found.failure, 0
    for inputs in _OTHER_INPUTS:
        stimuli.draw_from(f"practice:{inputs}")
        for picks in dictated(3, seed=inputs):
            run = run_once(check.main, picks=picks, **how)
            if check.fails(run):
                return "", run, inputs
    return tried, None, 0


def filmed(
    check: Check, picks: Sequence[int], inputs: int = 0, *, stop: bool = False, max_steps: int = MAX_STEPS
) -> tuple[Run, Film]:
    """Run a check once before a camera; with `stop` the run ends at the first choice that `picks` does not decide."""
    stimuli.draw_from(f"practice:{inputs}")
    camera = Camera(main_name=check.name)
    check.kept.clear()
    run = run_once(
        check.main,
        picks=picks,
        instruments=[camera],
        forbid_blocking="blocked" not in check.tolerate,
        real_threads=in_real_time(check.tolerate),
        ask=camera.ask if stop else None,
        max_steps=max_steps,
    )
    check.reached[tuple(run.picks), inputs] = check.kept[-1] if check.kept else -1
    return run, camera.film(run.error)


def _record(check_id: str, passed: bool) -> None:
    from .progress import record

    record(check_id, passed)


# --- telling a failure ---
def explain(check: Check, run: Run, inputs: int) -> CheckFailed:
    """Make the exception that tells a failing run."""
    leaf = run.error and leaf_of(run.error)
    if isinstance(leaf, NotImplementedError):
        return NotAttempted(not_attempted(str(leaf)))
    if isinstance(leaf, NameError) and _raised_in_check(check, leaf):
        return CouldNotBeJudged(missing_name(leaf.name or str(leaf)))
    how = f"schedule {run.picks}" + (f", inputs {inputs}" if inputs else "")
    again = f"replay({check.name}, {run.picks}{f', {inputs}' if inputs else ''})"
    promised, happened = _what(check, run, check.reached.get((tuple(run.picks), inputs), -1))
    problem = run.problems[0].kind if run.problems else ""
    look = slips.look(happened) or look_for(check.look, promised, problem)
    return NotYet(Failure(f"Not yet: {check.title}.", promised, f"{happened} ({how}, `{again}`)", look))


def not_attempted(stub: str) -> Failure:
    """Tell that an exercise still holds its stub; `stub` is "Exercise 0.2: race"."""
    return Failure(
        f"Not attempted: {stub or 'this exercise'} is not written yet.",
        look="the cell with `raise NotImplementedError`: put your code in its place, run it, then run this cell again.",
    )


def missing_name(name: str) -> Failure:
    """Tell that a check needs a name that nothing has defined."""
    return Failure(
        f"Could not be judged: `{name}` is not defined.",
        look="the cells above: run them from the top (Run > Run All Above Selected Cell). "
        "If you renamed something, give it back the name that the exercise uses.",
    )


def _what(check: Check, run: Run, reached: int) -> tuple[str, str]:
    """Promised and happened, for a run that fails; `reached` is the number of the last promise that was kept in it."""
    problems = [problem for problem in run.problems if problem.kind not in check.tolerate]
    grave = [problem for problem in problems if problem.kind in GRAVE]
    at = f"at {run.end_s:g} s "
    if grave:
        promised = PROMISES_KEPT_BY_ALL.get(grave[0].kind) or _next_promise(check, run, reached)
        return promised, f"at {grave[0].at_s:g} s {grave[0].text}"
    broken = run.error and leaf_of(run.error)  # an assert may stand inside of a nursery
    if isinstance(broken, BrokenPromise):
        return broken.message, at + difference(broken.promise, broken.left, broken.right)
    if run.error is not None:
        return _next_promise(check, run, reached), at + _left_the_check(check, run.error)
    problem = problems[0]
    return PROMISES_KEPT_BY_ALL[problem.kind], f"at {problem.at_s:g} s {problem.text}"


PROMISES_KEPT_BY_ALL = {
    "blocked": "nothing stops the loop: while one task waits, all others go on",
    "leak": "no task is left behind when a function has returned",
    "nursery": "whoever enters a nursery leaves it, and so waits for the tasks in it",
    "swallowed": "a Cancelled is never swallowed: whoever catches it raises it again",
}


def difference(promise: Promise, left: object, right: object) -> str:
    """Tell an assert that did not hold: what was observed, and what was expected."""
    sign = {"==": "", "!=": "anything but ", "in": "one of ", "not in": "none of "}.get(
        promise.operator, promise.operator + " "
    )
    return f"`{promise.left}` was {shortened(left)}, expected {sign}{shortened(right)}"


def shortened(value: object, width: int = 160) -> str:
    """The repr of a value, cut in the middle if it is long."""
    try:
        text = repr(value)
    except Exception:  # a student's object may raise here
        text = f"<{type(value).__name__}>"
    return text if len(text) <= width else f"{text[: width // 2]} ... {text[-width // 3 :]}"


def _next_promise(check: Check, run: Run, reached: int) -> str:
    """The promise that the check was about to look at: the first in plain words, else the title."""
    line = _check_line(check, run.error) or 0
    messages = [p.message for p in check.promises if p.message and p.number > reached and p.line >= line]
    return messages[0] if messages else check.title


def _left_the_check(check: Check, error: BaseException) -> str:
    leaf = leaf_of(error)
    inside = "" if leaf is error else f" (inside {type(error).__name__})"
    where = ""
    for frame, line in traceback.walk_tb(leaf.__traceback__):
        if frame.f_globals.get("__name__") == "__main__" and frame.f_code.co_filename != check.source_file:
            code = linecache.getline(frame.f_code.co_filename, line).strip()
            where = f", raised in `{frame.f_code.co_name}`, line {line}" + (f": `{code}`" if code else "")
    return f"`{in_a_line(leaf)}`{inside} was raised{where}"


def _check_line(check: Check, error: BaseException | None) -> int | None:
    lines = [
        line
        for frame, line in traceback.walk_tb(error.__traceback__ if error else None)
        if frame.f_code.co_filename == check.source_file and frame.f_code.co_name == "check"
    ]
    return lines[-1] if lines else None


def _raised_in_check(check: Check, error: BaseException) -> bool:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and frames[-1].f_code.co_filename == check.source_file
