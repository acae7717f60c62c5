"""See where a program is: a profile, the stack of a step that holds the loop.

Theory of operation
===================
1. `sys._current_frames()` gives the running frame of every thread, and needs nothing of the program that is looked at.
2. A thread that wants to look waits for the interpreter's lock like any other. A program that computes gives it up
   every five milliseconds (`sys.getswitchinterval`), so that is how finely can be looked. A server gives it up sooner:
   where it reads and writes. A thread that looks on sees it there, and nowhere else.
   So the main thread is looked at by a signal, which comes when it has used so much CPU time, wherever it is then. Its
   handler stays in place: a late signal would end the process otherwise.
3. Samples come when they come: on a busy machine late. Each counts for the time since the one before, not for the
   period that was wished for. A thread that waits for input, or for nothing, is no load: such samples count as idle.
4. A thread that looks on is no part of the program: a watched run does not wait for it, see `threads`.
5. The time for which a profile is taken is trio's, the weight of its samples is real.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
import traceback
import weakref
from collections import Counter
from typing import TYPE_CHECKING

import trio

from .errors import in_a_line
from .profiles import Profile, Stack, stack_of
from .threads import start_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

LONGEST_S = 60.0
LOOK_S, LONGEST_LOOK_S = 0.25, 2.0
_IDLE = ("get_events", "_wait_for_tstate_lock")
_perf_counter = time.perf_counter
_log = logging.getLogger("servicelab.sampling")


class Sampler:
    """Samples the stack of one thread from another, from `start()` to `stop()`.

    Args:
        hz: samples a second.
        thread: the thread's identity; the one that calls by default.
    """

    def __init__(self, hz: float = 200.0, thread: int | None = None) -> None:
        self.period_s = 1 / hz
        self.target = threading.get_ident() if thread is None else thread
        self.weights: Counter[Stack] = Counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="servicelab-sampler", daemon=True)
        self._began = 0.0

    def start(self) -> None:
        """Begin to sample."""
        self._began = _perf_counter()
        start_thread(self._thread)

    def stop(self) -> Profile:
        """End and return what was seen."""
        self._stop.set()
        self._thread.join()
        return Profile(self.weights, duration_s=_perf_counter() - self._began)

    def _run(self) -> None:
        last = _perf_counter()
        while not self._stop.wait(self.period_s):
            frame = sys._current_frames().get(self.target)
            now = _perf_counter()
            if frame is not None and not _idle(frame):
                self.weights[stack_of(frame)] += now - last  # type: ignore[assignment]  # a float counts too
            last = now


class SignalSampler:
    """Samples the main thread as often as it has used so much CPU time, from `start()` to `stop()`; one at a time.

    Args:
        hz: samples a second of CPU time; the kernel's clock may tick less often.
    """

    def __init__(self, hz: float = 200.0) -> None:
        self.period_s = 1 / hz
        self.weights: Counter[Stack] = Counter()
        self._began = self._last = 0.0

    @staticmethod
    def possible() -> bool:
        """Whether this is the main thread, and nobody else uses the signal."""
        here = threading.current_thread() is threading.main_thread()
        return here and _looking is None and signal.getsignal(signal.SIGPROF) in (signal.SIG_DFL, _look)

    def start(self) -> None:
        """Begin to sample."""
        global _looking
        self._began, self._last = _perf_counter(), time.thread_time()
        _looking = self
        signal.signal(signal.SIGPROF, _look)
        signal.setitimer(signal.ITIMER_PROF, self.period_s, self.period_s)

    def stop(self) -> Profile:
        """End and return what was seen."""
        global _looking
        signal.setitimer(signal.ITIMER_PROF, 0)
        _looking = None
        return Profile(self.weights, duration_s=_perf_counter() - self._began)

    def look(self, frame: FrameType) -> None:
        """Count the CPU time since the last look for the frame's stack."""
        now = time.thread_time()
        if not _idle(frame):
            self.weights[stack_of(frame)] += now - self._last  # type: ignore[assignment]  # a float counts too
        self._last = now


_looking: SignalSampler | None = None


def _look(_signal: int, frame: FrameType | None) -> None:
    if _looking is not None and frame is not None:
        _looking.look(frame)


async def sample(seconds: float, *, hz: float = 200.0) -> Profile:
    """Take a profile of this thread for some seconds while everything else in it goes on.

    Args:
        seconds: how long, in seconds of trio's clock: more than 0, at most 60.
        hz: samples a real second; of CPU time in the main thread.

    Raises:
        ValueError: if `seconds` is out of bounds or no number.
    """
    if not 0 < seconds <= LONGEST_S:  # not a number is not, either
        raise ValueError(f"expected more than 0 and at most {LONGEST_S:g} seconds, not {seconds}")
    sampler = SignalSampler(hz) if SignalSampler.possible() else Sampler(hz)
    sampler.start()
    try:
        await trio.sleep(seconds)
    finally:
        profile = sampler.stop()
    inner: Counter[Stack] = Counter()
    for stack, weight in profile.weights.items():
        inner[_inside_step(stack)] += weight
    return Profile(inner, duration_s=profile.duration_s)


def _inside_step(stack: Stack) -> Stack:
    """The part of a stack that belongs to a task; the whole if no task runs."""
    for place in range(len(stack) - 1, -1, -1):
        if stack[place].name == "unrolled_run" and place + 1 < len(stack):
            return stack[place + 1 :]
    return stack


def profile_of(fn: Callable[[], object], *, hz: float = 500.0) -> Profile:
    """Call a function and take a profile of what it does; frames around it are left out.

    One that is over too soon to be seen is called again, for `LOOK_S` at least and `LONGEST_LOOK_S` at most.
    """
    outer = len(stack_of(sys._getframe()))
    sampler = Sampler(hz)
    sampler.start()
    began = _perf_counter()
    try:
        fn()
        while (spent_s := _perf_counter() - began) < LONGEST_LOOK_S:
            if spent_s >= LOOK_S and any(len(stack) > outer for stack in sampler.weights.copy()):
                break
            fn()
    finally:
        profile = sampler.stop()
    inner: Counter[Stack] = Counter()
    for stack, weight in profile.weights.items():
        if len(stack) > outer:
            inner[stack[outer:]] += weight
    return Profile(inner, duration_s=profile.duration_s)


def stack_text(thread: int) -> str:
    """The stack of a thread at this moment, as a traceback shows it; empty if the thread has ended."""
    frame = sys._current_frames().get(thread)
    return "".join(traceback.format_stack(frame)) if frame is not None else ""


class Alarm:
    """Calls a plain function, in a thread of its own, when time is over that nobody has taken back.

    Setting it costs no more than two assignments, so it can be set for every step of a program. It rings once, at most
    a quarter of `seconds` late. The thread ends with the object.

    Args:
        seconds: real seconds from `start()` until it rings.
        ring: what it calls. An exception of it is logged.

    Raises:
        TypeError: if `ring` is no function.
    """

    def __init__(self, seconds: float, ring: Callable[[], object]) -> None:
        if not callable(ring):
            raise TypeError(f"expected a function for the alarm to call, not {ring!r}: pass it without calling it")
        self.seconds = seconds
        self.ring = ring
        self._deadline: float | None = None
        self._rung: float | None = None  # the deadline that has been answered
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Let it ring in `seconds` from now; a former time is forgotten."""
        self._deadline = _perf_counter() + self.seconds
        if self._thread is None:
            self._thread = threading.Thread(
                target=_watch_alarm, args=(weakref.ref(self), self.seconds / 4), name="servicelab-alarm", daemon=True
            )
            start_thread(self._thread)

    def stop(self) -> None:
        """Take it back."""
        self._deadline = None

    def _look(self) -> None:
        deadline = self._deadline
        if deadline is not None and deadline != self._rung and _perf_counter() >= deadline:
            self._rung = deadline  # not `_deadline`: that may be the next one's by now
            try:
                self.ring()
            except Exception as error:  # the alarm's thread lives on, and no frame of it is of use to anybody
                _log.error("the function that the alarm called raised %s", in_a_line(error))


def _watch_alarm(reference: weakref.ref[Alarm], period_s: float) -> None:
    pause = threading.Event()
    while (alarm := reference()) is not None:
        alarm._look()
        del alarm
        pause.wait(period_s)


def _idle(frame: FrameType) -> bool:
    return frame.f_code.co_name in _IDLE
