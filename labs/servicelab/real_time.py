"""For checks of what is real by nature: a processor's time, a thread that looks on."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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
