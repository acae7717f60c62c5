"""The scheduler and the witness of one run: where trio's private parts are taken over.

Trio asks a random generator to shuffle each batch of runnable tasks. A `Watch` stands in for that generator and leaves
one task in the batch. It also sees every delivery of a `Cancelled`, every cancel scope that is left and every task that
ends, and so notices what no correct program does. What it takes over, and a canary for each in `tests/test_watch.py`:

| private part of trio | why |
|---|---|
| `_core._run._r`, `_ALLOW_DETERMINISTIC_SCHEDULING` | to order the batch, the switch that trio has for Hypothesis |
| `GLOBAL_RUN_CONTEXT.runner`: `runq`, `tasks`, `init_task`, `main_task` | to put the others back, to find who is left |
| `.entry_queue.queue`; `_thread_cache.ThreadCache` | to wait for worker threads (`threads`) |
| `.deadlines`, `.waiting_for_idle`, `.asyncgens`, `._locals` | the next deadline, to jump to; what a run has left |
| `Runner.io_manager` | to see whether a task waits for a socket |
| `MockClock._autojump` | the run loop's call when nothing is runnable: a deadlock is seen there |
| `MockClock._virtual_base` | its time, without asking the real clock; back to 0 for the next run |
| `Task._attempt_abort`, `._next_send`, `._cancel_status` | to see a `Cancelled` delivered |
| `Task._child_nurseries` | to see a nursery that is never left |
| `CancelScope._close`, `Runner.task_exited` | to see it vanish |
"""

from __future__ import annotations

import functools
import gc
import io
import random
import sys
import threading
import time
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, NoReturn

import trio
from outcome import Error, Value
from trio._core import _run as _trio_run
from trio._core._thread_cache import ThreadCache

from . import loopback, threads
from .tasks import is_trios_own, never_left, short_name, waits_for_socket, waits_for_thread, who_waits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from outcome import Outcome

MAX_VIRTUAL_S = 1_000_000.0
_SAME_TIME_S = 1e-9
TRIOS_OWN = 2  # tasks: the one that starts the main task, and the one that hears other threads

# References taken before any student code has run: what a student patches must not reach the checks.
_MockClock = trio._core.MockClock  # type: ignore[attr-defined]  # what trio.testing exports; that module imports pytest as well
_context = _trio_run.GLOBAL_RUN_CONTEXT
_real_sleep = time.sleep
_settle = loopback.settle


@dataclass(frozen=True)
class Problem:
    """Something that no correct program does, whatever it returns.

    Attributes:
        kind: "deadlock", "endless", "leak", "nursery", "swallowed" or "blocked".
        text: what happened, in plain words.
        at_s: virtual time at which it was seen, in seconds.
    """

    kind: str
    text: str
    at_s: float


GRAVE = ("blocked", "deadlock", "endless", "nursery")
"""Kinds of problem that explain any error that came with them."""


class GiveUp(BaseException):
    """Thrown into tasks that even a cancellation does not end."""


class BlockingCallError(RuntimeError):
    """Raised at a call that would stop every task of the program, such as `time.sleep`."""


class Watch:
    """The scheduler and the witness of one run; stands in for the random generator with which trio orders a batch."""

    uniform = random.uniform  # what another thread's trio asks of it when it starts, and below, when it runs
    random = random.random

    def __init__(self, picks: Sequence[int], max_steps: int) -> None:
        self.max_steps = max_steps
        self.clock = _MockClock(autojump_threshold=0)
        self.clock._autojump = self.idle  # type: ignore[method-assign]  # the hook of the run loop for "nothing is runnable"
        self.clock.current_time = self.now  # type: ignore[method-assign]
        self.thread = threading.get_ident()
        self.threads = threads.Threads(self.now, lambda: bool(_context.runner.entry_queue.queue))
        self.scope: trio.CancelScope | None = None
        self.interventions = 0
        self.abandoned: list[Any] = []
        self.ask: Callable[[list[Any]], None] | None = None  # told the first choice without a pick; there the run ends
        self.start_over(picks)

    def start_over(self, picks: Sequence[int]) -> None:
        """Go on to another run, at time 0; the one before has left everything `untouched`."""
        self.picks = picks
        self.trace: list[tuple[int, int]] = []
        self.steps = 0
        self.ready_since: dict[Any, int] = {}
        self.problems: list[Problem] = []
        self.cancelled_in: dict[Any, Any] = {}
        self.cancelled_from_outside: set[Any] = set()
        self.settled = False  # since the last step: what sockets have sent has arrived
        self.clock._virtual_base = 0.0

    def now(self) -> float:
        """The virtual time, in seconds."""
        return float(self.clock._virtual_base)

    def untouched(self) -> bool:
        """Whether trio is as it was before the run that has just ended: another may follow in the same `trio.run`."""
        runner = _context.runner
        return (
            self.interventions == 0
            and not self.abandoned
            and self.threads.none_yet
            and len(runner.tasks) == TRIOS_OWN + 1
            and not runner.runq
            and not runner.deadlines._active
            and not runner.waiting_for_idle
            and not runner.entry_queue.queue
            and not runner.asyncgens.alive
            and not runner._locals
            and not waits_for_socket(runner)
        )

    # --- scheduling ---
    def shuffle(self, batch: list[Any]) -> None:
        """Reduce the batch to the one task that runs next; the rest goes back to the queue."""
        if not batch or threading.get_ident() != self.thread:  # another thread's trio: a live service beside the check
            return
        if self.threads.busy:
            self.threads.settle()
        self.steps += 1
        self.settled = False
        if self.steps > self.max_steps:
            self.report("endless", f"it was still running after {self.max_steps:,} steps")
            self.max_steps *= 2
            self.intervene()
        since = self.ready_since
        if len(batch) == 1:
            if since:
                since.pop(batch[0], None)
            return
        runner = _context.runner
        chosen = None
        for task in batch:
            if task not in since:
                since[task] = self.steps
            if is_trios_own(task, runner):
                chosen = chosen or task
        if chosen is None:
            batch.sort(key=since.__getitem__)  # trio has sorted those that came together, by age
            chosen = batch[self.pick(batch)]
        del since[chosen]
        batch.remove(chosen)
        runner.runq.extend(batch)
        batch[:] = [chosen]

    def pick(self, batch: list[Any]) -> int:
        """The place of the task that is dictated, or asked for, at this choice."""
        place = len(self.trace)
        if place < len(self.picks):
            pick = self.picks[place] % len(batch)
        else:
            pick = 0
            if self.ask is not None and self.interventions == 0:
                self.ask(batch)
                self.intervene()
        self.trace.append((pick, len(batch)))
        return pick

    def idle(self) -> None:
        """Advance the clock to the next deadline, a thread's included; nothing is runnable now."""
        if self.threads.settle():
            return
        runner = _context.runner
        if not self.settled and waits_for_socket(runner):
            self.settled = True
            _settle()  # and look again: the clock must not jump over bytes on their way
            return
        now = self.now()
        if self.threads.next_wake() - now < _SAME_TIME_S:
            self.threads.wake()
            return
        jump = min(runner.deadlines.next_deadline(), self.threads.next_wake()) - now
        if jump == inf:
            if any(waits_for_thread(task) for task in runner.tasks):
                _real_sleep(0.0005)  # real time: a worker thread is at work, the virtual clock waits for it
                return
            self.report("deadlock", f"every task was waiting and nothing was left to wake one: {who_waits(runner)}")
            self.intervene()
        elif now + jump > MAX_VIRTUAL_S:
            self.report("endless", f"it was still running after {MAX_VIRTUAL_S:,.0f} virtual seconds")
            self.intervene()
            if self.interventions > 1:
                self.clock.jump(jump)
        elif jump > 0:
            self.clock.jump(jump)

    def intervene(self) -> None:
        """End a run that will not end: first by cancelling it, then past every shield, then by giving it up."""
        self.interventions += 1
        if self.interventions == 1 and self.scope is not None:
            self.scope.cancel()
        elif self.interventions == 2:
            for task in sorted(_context.runner.tasks, key=lambda task: task._counter):
                if task._abort_func is not None and not is_trios_own(task, _context.runner):
                    task._attempt_abort(_raise_give_up)
        elif self.interventions > 3:
            self.abandoned = list(_context.runner.tasks)
            raise GiveUp

    # --- witnessing ---
    def report(self, kind: str, text: str) -> None:
        """Note a problem, once for each kind and text."""
        problem = Problem(kind, text, round(self.now(), 9))
        if self.interventions == 0 and problem not in self.problems:
            self.problems.append(problem)

    def cancelled(self, task: Any) -> None:
        """Note for whose sake a Cancelled will be raised in the task."""
        status = task._cancel_status
        outer = task._parent_nursery._cancel_status if task._parent_nursery else None
        inside = status is not outer
        while status.parent_cancellation_is_visible_to_us:
            status = status.parent
            inside = inside and status is not outer
        if inside:
            self.cancelled_in[status._scope] = task
        else:
            self.cancelled_from_outside.add(task)

    def closing(self, scope: Any, error: BaseException | None) -> None:
        """A cancel scope is left: if it raised Cancelled in its task, an exception must arrive here.

        A Cancelled that became another exception, which was then caught inside the scope, looks the same; a check
        whose stimulus does that says `tolerate=("swallowed",)`.
        """
        task = self.cancelled_in.pop(scope, None)
        if task is not None and error is None and task is getattr(_context, "task", None):
            self.report("swallowed", f"`{short_name(task)}` caught Cancelled and went on")

    def exited(self, task: Any, result: Outcome[object]) -> None:
        """A task has ended: if it was cancelled from outside, it must not end as if nothing had happened."""
        if (
            task in self.cancelled_from_outside
            and isinstance(result, Value)
            and not is_trios_own(task, _context.runner)
        ):
            self.report("swallowed", f"`{short_name(task)}` caught Cancelled and returned")
        if task._child_nurseries:  # trio ends such a run with an error of its own that says nothing of the cause
            self.report("nursery", never_left(task))
            self.abandoned = list(_context.runner.tasks)

    def returned(self) -> None:
        """The main function has returned: no other task may be left."""
        runner = _context.runner
        tasks = [t for t in runner.tasks if t is not runner.main_task and not is_trios_own(t, runner)]
        for task in sorted(tasks, key=lambda task: task._counter):
            self.report("leak", f"`{short_name(task)}` was still there when everything else had ended")


_active: Watch | None = None
_forbid_blocking = False
_close = trio.CancelScope._close
_attempt_abort = trio.lowlevel.Task._attempt_abort
_task_exited = _trio_run.Runner.task_exited


def _here() -> Watch | None:
    """The watch of the run in this thread; a live service beside it is none of its business."""
    return _active if _active is not None and _active.thread == threading.get_ident() else None


def _witnessed_close(scope: Any, exc: BaseException | None) -> BaseException | None:
    if watch := _here():
        watch.closing(scope, exc)
    return _close(scope, exc)


def _witnessed_abort(task: Any, raise_cancel: Any) -> None:
    _attempt_abort(task, raise_cancel)
    send = task._next_send
    if type(send) is Error and type(send.error) is trio.Cancelled and (watch := _here()):
        watch.cancelled(task)


def _witnessed_exit(runner: Any, task: Any, result: Outcome[object]) -> None:
    if watch := _here():
        watch.exited(task, result)
    _task_exited(runner, task, result)


def _witnessed_worker(cache: ThreadCache, fn: Any, deliver: Any, name: str | None = None) -> None:
    watch = _here()
    (watch.threads.start_worker if watch else threads.start_worker)(cache, fn, deliver, name)


def _witnessed_thread(thread: threading.Thread) -> None:
    watch = _here()
    (watch.threads.start_thread if watch else threads.start_thread)(thread)


@functools.wraps(_real_sleep)
def _guarded_sleep(seconds: float, /) -> None:
    """`time.sleep`, refused in the thread of a checked run, in virtual time in the threads that the run has started."""
    if threads.slept(seconds):
        return
    watch = _here()
    if _forbid_blocking and watch is not None and seconds > 0:
        watch.report("blocked", f"`time.sleep({seconds})` stopped every task of the program")
        raise BlockingCallError(f"time.sleep({seconds}) stops every task: use `await trio.sleep({seconds})`")
    _real_sleep(seconds)


# Put in place once, at import: a later `from time import sleep` must find it too.
time.sleep = _guarded_sleep  # type: ignore[assignment]  # functools.wraps changes the type


@contextmanager
def taken_over(watch: Watch, forbid_blocking: bool, real_threads: bool = False) -> Iterator[None]:
    """Put the watch where trio's scheduler asks its random generator, and witnesses where scopes and tasks end."""
    global _active, _forbid_blocking
    before = _active, _forbid_blocking, _trio_run._r, _trio_run._ALLOW_DETERMINISTIC_SCHEDULING
    _active, _forbid_blocking, _trio_run._r = watch, forbid_blocking, watch  # type: ignore[assignment]  # all that trio asks
    _trio_run._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]  # trio's own switch for Hypothesis
    trio.CancelScope._close = _witnessed_close  # type: ignore[method-assign, assignment]
    trio.lowlevel.Task._attempt_abort = _witnessed_abort  # type: ignore[method-assign, assignment]
    _trio_run.Runner.task_exited = _witnessed_exit  # type: ignore[method-assign, assignment]
    if not real_threads:
        ThreadCache.start_thread_soon = _witnessed_worker  # type: ignore[method-assign, assignment]
        threading.Thread.start = _witnessed_thread  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        watch.threads.release()
        ThreadCache.start_thread_soon = threads.start_worker  # type: ignore[method-assign]
        threading.Thread.start = threads.start_thread  # type: ignore[method-assign]
        trio.CancelScope._close = _close  # type: ignore[method-assign]
        trio.lowlevel.Task._attempt_abort = _attempt_abort  # type: ignore[method-assign]
        _trio_run.Runner.task_exited = _task_exited  # type: ignore[method-assign]
        _active, _forbid_blocking, _trio_run._r, _trio_run._ALLOW_DETERMINISTIC_SCHEDULING = before  # type: ignore[misc]


def _raise_give_up() -> NoReturn:
    raise GiveUp


def bury(watch: Watch) -> None:
    """Close the coroutines of a run that was given up, without a word about their complaints.

    A worker that logs what its job raises would print trio's error about the closing, stack and all.
    """
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            for task in watch.abandoned:
                with suppress(BaseException):
                    task.coro.close()
                for nursery in task._child_nurseries:
                    nursery._children.clear()  # or its __del__ complains
            watch.abandoned.clear()
            watch.ready_since.clear()
            gc.collect()
    finally:
        sys.unraisablehook = hook


def without_give_up(error: BaseException | None) -> BaseException | None:
    """Take away what this module threw into the program."""
    if isinstance(error, BaseExceptionGroup):
        return error.split(GiveUp)[1]
    return None if isinstance(error, GiveUp) else error
