"""Threads in virtual time: they are part of the run, and its clock waits for them.

Theory of operation
===================
1. A thread that trio or the program starts in a watched run is *busy* until its function has returned and trio has been
   told. The run takes no step and its clock does not jump while a thread is busy. So what a thread does takes no
   virtual time, and the same picks give the same run.
2. `time.sleep(s)` in such a thread takes `s` virtual seconds: the thread parks, and goes on when the clock is there
   and nothing else is runnable. Threads go on one by one, in the order of their times.
3. A thread may wait for something that only the run can give, such as a lock. When all busy threads have slept for
   `ASLEEP_S` of real time, the run goes on without them, until they park or end. A thread that only has no processor
   on a busy machine does not sleep. For one that is awake, and where the system does not tell (no `/proc`), it takes
   `PATIENCE_S`.
4. When the run is over, a thread that is parked, or wants to park, ends.
5. If the run's own thread is blocked, by a `join` for instance, nobody wakes a parked thread. It goes on by itself
   after `STUCK_S` of real time, so that the run comes to its end and can be judged.
"""

from __future__ import annotations

import heapq
import threading
import time
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trio._core._thread_cache import ThreadCache

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_AFTER_S = 0.01
ASLEEP_S = 0.1
PATIENCE_S = 0.5
STUCK_S = 3.0

start_worker = ThreadCache.start_thread_soon
start_thread = threading.Thread.start
_owners: dict[int, tuple[Threads, int]] = {}  # by the thread's identity: whose it is, and its number there


class Threads:
    """The threads that one run has started.

    Args:
        now: the run's clock.
        told: whether a thread has told trio something that the run has not looked at yet.
    """

    def __init__(self, now: Callable[[], float], told: Callable[[], bool]) -> None:
        self.busy: set[int] = set()
        self._native: dict[int, int] = {}  # by a thread's number: what the system calls it
        self._now = now
        self._told = told
        self._changed = threading.Condition()
        self._parked: list[tuple[float, int, threading.Event]] = []
        self._next = 0
        self._over = False
        self._trio_starts_it = False

    # --- called in the run's thread ---
    @property
    def none_yet(self) -> bool:
        """Whether the run has started no thread."""
        return self._next == 0

    def start_worker(
        self, cache: ThreadCache, fn: Callable[[], Any], deliver: Callable[[Any], object], name: str | None = None
    ) -> None:
        """Stand in for trio's `ThreadCache.start_thread_soon`: the thread is busy until it has delivered."""
        number = self._now_busy()

        def hand_over(result: Any) -> None:
            try:
                deliver(result)
            finally:
                self._not_busy(number)

        self._trio_starts_it = True
        try:
            start_worker(cache, lambda: self._owned(number, fn), hand_over, name)
        finally:
            self._trio_starts_it = False

    def start_thread(self, thread: threading.Thread) -> None:
        """Stand in for `threading.Thread.start`, likewise."""
        if not self._trio_starts_it:
            number, run = self._now_busy(), thread.run

            def work() -> None:
                try:
                    self._owned(number, run)
                finally:
                    self._not_busy(number)

            thread.run = work  # type: ignore[method-assign]  # what the thread will call
        start_thread(thread)

    def settle(self) -> bool:
        """Wait until no thread is busy; True if one was, or if one has told trio something."""
        if not self.busy:
            return self._told()
        began = since = time.monotonic()
        asleep: list[str] = []
        with self._changed:
            while self.busy and not self._told():
                self._changed.wait(0.001)
                now = time.monotonic()
                if now - began < LOOK_AFTER_S:  # to look costs more than most threads take
                    continue
                before, asleep = asleep, self._asleep()
                if not asleep or asleep != before:
                    since = now
                if now - began > PATIENCE_S or now - since > ASLEEP_S:
                    self.busy.clear()  # they wait for something that only the run can give
        return True

    def _asleep(self) -> list[str]:
        """Return how often each busy thread has gone to sleep; nothing if one is awake or nobody can tell."""
        switches = []
        for number in self.busy:
            try:
                status = Path(f"/proc/self/task/{self._native[number]}/status").read_text()
            except (KeyError, OSError):
                return []
            if "\nState:\tS" not in status:
                return []
            switches.append(status.partition("\nvoluntary_ctxt_switches:")[2])
        return switches

    def next_wake(self) -> float:
        """The virtual time at which the next parked thread goes on; infinite if there is none."""
        return self._parked[0][0] if self._parked else inf

    def wake(self) -> None:
        """Let the next parked thread go on, and wait until it has parked again or ended."""
        with self._changed:
            _, number, woken = heapq.heappop(self._parked)
            self.busy.add(number)
            woken.set()
        self.settle()

    def release(self) -> None:
        """End all parked threads: the run is over."""
        with self._changed:
            self._over = True
            for _, _, woken in self._parked:
                woken.set()
            self._parked.clear()

    # --- called in one of the threads ---
    def park(self, number: int, seconds: float) -> None:
        """Wait until the run's clock has advanced by so many seconds.

        Raises:
            SystemExit: if the run is over; it ends a thread without a word.
        """
        woken = threading.Event()
        with self._changed:
            entry = (self._now() + seconds, number, woken)
            if not self._over:
                heapq.heappush(self._parked, entry)
                self.busy.discard(number)
                self._changed.notify_all()
        if not self._over and not woken.wait(STUCK_S):
            with self._changed:
                self._parked = sorted(other for other in self._parked if other is not entry)
        if self._over:
            raise SystemExit

    def _owned(self, number: int, fn: Callable[[], Any]) -> Any:
        me = threading.get_ident()
        _owners[me] = self, number
        self._native[number] = threading.get_native_id()
        try:
            return fn()
        finally:
            del _owners[me], self._native[number]

    def _now_busy(self) -> int:
        with self._changed:
            number, self._next = self._next, self._next + 1
            self.busy.add(number)
            return number

    def _not_busy(self, number: int) -> None:
        with self._changed:
            self.busy.discard(number)
            self._changed.notify_all()


def slept(seconds: float) -> bool:
    """Take virtual time if this thread belongs to a watched run; else do nothing and return False."""
    owner = _owners.get(threading.get_ident())
    if owner is None:
        return False
    if seconds > 0:
        owner[0].park(owner[1], seconds)
    return True
