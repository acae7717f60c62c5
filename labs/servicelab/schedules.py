"""Run a trio program under chosen schedules: one task a step, in virtual time.

Theory of operation
===================
1. Trio runs all runnable tasks once per tick, in an order that is either the given one or its reverse.
   Many interleavings can never happen that way, so a lost update can hide for ever.
2. Here one runnable task runs per tick. The others stay in the queue. Which one runs is a *pick*: an index
   into the runnable tasks, those that have waited longest first. A run is thus a list of picks, and pick 0
   everywhere is the fair first-in first-out order. Picks that are missing count as 0, so every run ends fairly.
3. The run answers with its *trace*: for each choice there was, the pick taken and the number of tasks to pick from.
   The same picks give the same trace, the same events and the same virtual times: that is replay.
4. `explore` tries first all schedules that deviate from pick 0 nowhere, then once, then twice, and so on
   (delay-bounded scheduling: Emmi, Qadeer, Rakamaric, POPL 2011). If the list ends before the limit, the program
   was explored exhaustively. Otherwise Hypothesis draws longer lists, and shrinks the one that fails.
5. A run that waits with nothing left to wake it, or never ends, is cancelled and says so in its `problems`.
   So are a swallowed `Cancelled`, a blocking call and a task left behind.
6. Trio takes longer to start and to end than most programs here do to run. So runs of one program follow each other in
   one `trio.run`, as long as each has left that as it was (`run_each`, `Watch.untouched`).

The taking over of trio's private parts is in `watch`.
"""

from __future__ import annotations

import itertools
import os
import random
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import platformdirs
import trio

from .watch import GiveUp, Problem, Watch, bury, taken_over, without_give_up

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence

    Picks = Sequence[int]
    Trace = tuple[tuple[int, int], ...]
    Search = Generator[Picks, "Run", None]  # yields the picks of the next run, and is sent that run

MAX_STEPS = 40_000  # five times what the longest right solution takes in any lab

_run = trio.run  # taken before any student code has run: a patched `trio.run` must not reach the checks


@dataclass(frozen=True)
class Run:
    """What one run of a program did.

    Attributes:
        value: what the main function returned; None if it raised.
        error: what it raised; None if it returned.
        trace: for each choice the pick taken and the number of runnable tasks.
        end_s: virtual time at the end, in seconds; it starts at 0.
        steps: task steps taken; trio's own where it has started or ended with this run.
        problems: what no correct program does, in the order seen.
    """

    value: Any
    error: BaseException | None
    trace: Trace
    end_s: float
    steps: int
    problems: tuple[Problem, ...]

    @property
    def picks(self) -> list[int]:
        """The picks that replay this run, without the zeros at the end."""
        return trimmed([pick for pick, _ in self.trace])


@dataclass(frozen=True)
class Exploration:
    """What exploring a program found.

    Attributes:
        runs: schedules tried.
        complete: whether these were all schedules that the program has.
        failure: the smallest failing run found, or None.
    """

    runs: int
    complete: bool
    failure: Run | None


def run_once(
    main: Callable[..., Awaitable[Any]],
    *args: Any,
    picks: Picks = (),
    instruments: Sequence[trio.abc.Instrument] = (),
    max_steps: int = MAX_STEPS,
    forbid_blocking: bool = True,
    real_threads: bool = False,
    ask: Callable[[list[trio.lowlevel.Task]], None] | None = None,
) -> Run:
    """Run a program once, in virtual time, under one schedule.

    Args:
        main: the async function to run.
        *args: its arguments.
        picks: which runnable task runs at each choice; 0 where the list is too short.
        instruments: further trio instruments, a timeline's recorder for instance.
        max_steps: task steps after which the run is cancelled and called endless.
        forbid_blocking: whether a real `time.sleep` in the program's thread is refused and reported.
        real_threads: whether `time.sleep` in other threads takes real time, and the run does not wait for them.
        ask: called with the runnable tasks at the first choice for which there is no pick; the run is cancelled there.

    Returns:
        The run. Errors of the program are in `Run.error`, not raised.

    Raises:
        KeyboardInterrupt: if the user interrupted the run.
    """
    watch = Watch(picks, max_steps)
    watch.ask = ask
    run = _run_until_touched(watch, partial(main, *args), None, instruments, forbid_blocking, real_threads)
    assert run is not None
    return run


def run_each(
    main: Callable[[], Awaitable[Any]],
    search: Search,
    *,
    instruments: Sequence[trio.abc.Instrument] = (),
    forbid_blocking: bool = True,
    real_threads: bool = False,
) -> None:
    """Run a program under one schedule after the other, each as if it were the only one.

    Args:
        main: the async function to run.
        search: yields the picks of the next run, and is sent that run when it has ended.
        instruments: as in `run_once`.
        forbid_blocking: as in `run_once`.
        real_threads: as in `run_once`.

    Raises:
        KeyboardInterrupt: if the user interrupted a run.
    """
    picks = next(search, None)
    while picks is not None:
        watch = Watch(picks, MAX_STEPS)
        shared = None if real_threads else search  # a thread may still be at work when a run has ended
        run = _run_until_touched(watch, main, shared, instruments, forbid_blocking, real_threads)
        picks = _following(search, run) if run is not None else None


def _following(search: Search, run: Run) -> Picks | None:
    try:
        return search.send(run)
    except StopIteration:
        return None


def _run_until_touched(
    watch: Watch,
    main: Callable[[], Awaitable[Any]],
    search: Search | None,
    instruments: Sequence[trio.abc.Instrument],
    forbid_blocking: bool,
    real_threads: bool,
) -> Run | None:
    """Run in one `trio.run` until a run has touched trio: that one is returned; None if there was no next one."""
    value: Any = None
    error: BaseException | None = None
    more = True

    async def guarded() -> None:
        nonlocal value, more
        task = trio.lowlevel.current_task()
        context = task.context.copy()
        while more:
            task.name = _name_of(main)
            value, failed = None, None
            try:
                with trio.CancelScope() as watch.scope:
                    value = await main()
                    watch.returned()
            except Exception as caught:
                if search is None or not watch.untouched():
                    raise
                failed = caught
            if search is None or not watch.untouched():
                return
            picks = _following(search, _ended(watch, value, failed))
            more = picks is not None
            if picks is not None:
                watch.start_over(picks)
                task.context = context.copy()
                await trio.lowlevel.cancel_shielded_checkpoint()  # from here on it is the task's

    with taken_over(watch, forbid_blocking, real_threads):
        try:
            _run(guarded, clock=watch.clock, instruments=instruments)
        except KeyboardInterrupt:
            raise
        except (trio.TrioInternalError, GiveUp) as caught:
            if watch.interventions == 0:
                if not isinstance(caught.__cause__, BaseExceptionGroup):
                    raise
                error = caught.__cause__  # a system task of the program has crashed: trio calls that its own error
            del caught
            bury(watch)
        except BaseException as caught:  # the program's own error, whatever it is, is the result
            error = caught
    return _ended(watch, value, error) if more else None


def _name_of(main: Callable[..., Any]) -> str:
    function = main.func if isinstance(main, partial) else main
    return getattr(function, "__qualname__", "main")


def _ended(watch: Watch, value: Any, error: BaseException | None) -> Run:
    end_s = round(watch.clock.current_time(), 9)
    return Run(value, without_give_up(error), tuple(watch.trace), end_s, watch.steps, tuple(watch.problems))


def explore(
    main: Callable[[], Awaitable[Any]],
    fails: Callable[[Run], bool],
    *,
    limit: int = 200,
    drawn: int = 100,
    max_total_steps: int = 50_000,
    forbid_blocking: bool = True,
    real_threads: bool = False,
) -> Exploration:
    """Search the schedules of a program for one under which it fails.

    Args:
        main: the program, an async function without arguments.
        fails: tells whether a run is a failure.
        limit: schedules to try in order of deviations.
        drawn: schedules that Hypothesis draws if these were not all.
        max_total_steps: task steps in all after which the search goes no further; the same on every machine.
        forbid_blocking: as in `run_once`.
        real_threads: as in `run_once`.

    Returns:
        What was found. The failing run has as few and as early deviations as the search found.
    """
    tried = _Tried()
    search = _by_deviations(tried, fails, limit, max_total_steps)
    run_each(main, search, forbid_blocking=forbid_blocking, real_threads=real_threads)
    if tried.failure is not None or tried.complete:
        return Exploration(tried.runs, tried.complete, tried.failure)
    drawn = min(drawn, (max_total_steps - tried.steps) * tried.runs // tried.steps)
    more, failure = _draw(main, fails, drawn, forbid_blocking, real_threads) if drawn > 0 else (0, None)
    return Exploration(tried.runs + more, complete=False, failure=failure)


@dataclass
class _Tried:
    """What the search has tried so far; `complete` if these were all schedules, none of which has failed."""

    runs: int = 0
    steps: int = 0
    complete: bool = False
    failure: Run | None = None


def _by_deviations(tried: _Tried, fails: Callable[[Run], bool], limit: int, max_total_steps: int) -> Search:
    """All schedules in order of their deviations from the fair one."""
    queue: deque[Iterator[list[int]]] = deque([iter([[]])])
    while queue and tried.runs < limit and tried.steps < max_total_steps:
        picks = next(queue[0], None)
        if picks is None:
            queue.popleft()
            continue
        run = yield picks
        tried.runs += 1
        tried.steps += run.steps
        if fails(run):
            tried.failure = run
            return
        queue.append(_deviations(run.trace, len(picks)))
    tried.complete = not queue


def _deviations(trace: Trace, start: int) -> Iterator[list[int]]:
    """All lists of picks that follow the trace, deviate once at or after `start`, and stop there."""
    taken = [pick for pick, _ in trace]
    for place in range(start, len(trace)):
        for pick in range(1, trace[place][1]):
            yield [*taken[:place], pick]


def _draw(
    main: Callable[[], Awaitable[Any]],
    fails: Callable[[Run], bool],
    drawn: int,
    forbid_blocking: bool,
    real_threads: bool,
) -> tuple[int, Run | None]:
    """Let Hypothesis draw schedules and shrink the first that fails."""
    folder = platformdirs.user_cache_dir("servicelab", appauthor=False)
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", folder)  # else it makes one beside the notebook
    import hypothesis
    from hypothesis import strategies as st

    runs = 0

    def fails_under(picks: list[int]) -> bool:
        nonlocal runs
        runs += 1
        return fails(run_once(main, picks=picks, forbid_blocking=forbid_blocking, real_threads=real_threads))

    settings = hypothesis.settings(
        max_examples=drawn,
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    try:
        picks = hypothesis.find(
            st.lists(st.integers(0, 5), min_size=1, max_size=80),
            fails_under,
            settings=settings,
            random=random.Random(0),
        )
    except hypothesis.errors.NoSuchExample:
        return runs, None
    return runs, run_once(main, picks=picks, forbid_blocking=forbid_blocking, real_threads=real_threads)


def dictated(count: int, seed: int | str = 0) -> list[list[int]]:
    """Make lists of picks for programs that are not known yet, as the grader dictates them.

    The first is the fair order and the next two deviate from it once; then come random lists, sparse and dense, and
    further single deviations, in turn.

    Args:
        count: how many lists.
        seed: the same seed gives the same lists.
    """
    early = iter([[0] * place + [1] for place in range(6)])
    density = itertools.cycle((1.0, 0.3, 0.6, 0.1))
    lists: list[list[int]] = [[], next(early), next(early)]
    source = random.Random(f"schedules:{seed}")
    while len(lists) < count:
        picks = next(early, None) if len(lists) % 2 == 0 else None
        lists.append(picks or _drawn(source, next(density)))
    return lists[:count]


def _drawn(source: random.Random, density: float) -> list[int]:
    """Picks of which about so many deviate from the fair order."""
    return [source.randrange(6) if source.random() < density else 0 for _ in range(source.randint(4, 64))]


def trimmed(picks: Picks) -> list[int]:
    """The same schedule without the zeros at its end."""
    kept = list(picks)
    while kept and kept[-1] == 0:
        kept.pop()
    return kept
