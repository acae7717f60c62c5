"""For checks of what is real by nature: a processor's time, a thread that looks on."""

from __future__ import annotations

import functools
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

from .threads import start_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

Value = TypeVar("Value")


def sparingly(times: int) -> Callable[[Callable[..., Awaitable[Value]]], Callable[..., Awaitable[Value]]]:
    """Run an async function really only so many times; after that its last values are given in turn.

    A check runs under dozens of schedules. What takes real time and does not depend on the schedule need not be done
    in each: decorate the function of the check's cell that does it. A call that raises is not counted.

    Args:
        times: how many calls are real.
    """
    if times < 1:
        raise ValueError(f"expected at least one real call, not {times}")

    def decorate(fn: Callable[..., Awaitable[Value]]) -> Callable[..., Awaitable[Value]]:
        values: list[Value] = []
        asked = 0

        @functools.wraps(fn)
        async def spared(*args: Any) -> Value:
            nonlocal asked
            if len(values) < times:
                values.append(await fn(*args))
                return values[-1]
            asked += 1
            return values[asked % times]

        return spared

    return decorate


class Witness:
    """A thread that would like to run all the time, and notes how long it could not: a context manager.

    What a thread that looks on has not seen it cannot tell. If nobody was kept from looking for longer than
    `longest_s`, then it is not for the machine that a stall was not seen.
    """

    PERIOD_S = 0.005

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="servicelab-witness", daemon=True)

    def __enter__(self) -> Witness:
        start_thread(self._thread)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            begin = time.perf_counter()
            over = self._over.wait(self.PERIOD_S)
            self.longest_s = max(self.longest_s, time.perf_counter() - begin - self.PERIOD_S)
            if over:
                return
