"""What checks hand to the student's code, and plain forms of what comes back."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_seed = "practice:0"
_Random = random.Random


def unseen(name: str) -> random.Random:
    """Draw inputs that no solution can know beforehand.

    While you practise, the same check draws the same inputs again, so that a failure can be repeated. Grading draws
    others.

    Args:
        name: a name for what is drawn; each name has a sequence of its own, which starts anew at each call.

    Returns:
        A random generator.
    """
    return _Random(f"{_seed}:{name}")


def draw_from(seed: str) -> None:
    """Set the seed from which `unseen` draws; the graders' and `verify`'s business, not a lab's."""
    global _seed
    _seed = seed


async def error_of(fn: Callable[..., Awaitable[Any]], *args: Any) -> BaseException | None:
    """Call an async function and catch what it raises.

    A `Cancelled` passes through, also inside a group: cancellation is trio's business. So does the
    `NotImplementedError` of an exercise that is not written yet.

    Returns:
        The exception, or None if there was none.
    """
    try:
        await fn(*args)
    except BaseExceptionGroup as group:
        if group.split(trio.Cancelled)[0] is not None:
            raise
        return group
    except Exception as error:
        if isinstance(error, NotImplementedError) and str(error).startswith("Exercise "):
            raise
        return error
    return None


def describe(error: BaseException | None) -> str | list[Any] | None:
    """Tell an exception in plain data: `"OSError: replica down"`, a group as `["ExceptionGroup", [members, sorted]]`.

    Returns:
        None for no exception; members of a group are told in the same way and sorted by their text.
    """
    if error is None:
        return None
    if isinstance(error, BaseExceptionGroup):
        return [type(error).__name__, sorted((describe(member) for member in error.exceptions), key=str)]
    return f"{type(error).__name__}: {error}"
