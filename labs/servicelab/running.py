"""`run(main)`: trio in virtual time, from a plain cell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .schedules import run_once
from .timeline import Recorder, Timeline
from .watch import GRAVE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MAX_STEPS = 20_000  # seven times what the longest program of a lab takes
_last: Recorder | None = None  # its timeline is made when somebody asks for it


def run(main: Callable[..., Awaitable[Any]], *args: Any, draw: bool = True, channels: bool = False) -> Any:
    """Run an async function with trio, on a clock that jumps instead of waiting.

    `await trio.sleep(3600)` costs an hour of `trio.current_time()` and no time of yours. The clock starts at 0.

    Args:
        main: an async function.
        *args: its arguments.
        draw: whether to show the timeline of the run, in a notebook.
        channels: whether the timeline has an arrow for each value that goes through a memory channel.

    Returns:
        What `main` returns.

    Raises:
        BaseException: what `main` raises, as itself.
        RuntimeError: if every task waits and nothing is left to wake one, the program never ends, or a nursery is
            entered and never left.
    """
    global _last
    recorder = Recorder(main_name=getattr(main, "__name__", "main"), channels=channels)
    result = run_once(main, *args, instruments=[recorder], forbid_blocking=False, max_steps=MAX_STEPS)
    _last = recorder
    if draw and not isinstance(result.error, NotImplementedError):
        show(recorder.timeline())
    for problem in result.problems:
        if problem.kind in GRAVE:
            raise RuntimeError(f"at {problem.at_s:g} s {problem.text}") from None
    if result.error is not None:
        raise result.error
    return result.value


def show(picture: object) -> None:
    """Display a picture if this is a notebook; do nothing elsewhere."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display(picture)


def last_timeline() -> Timeline | None:
    """The timeline of the last `run`, or None."""
    return None if _last is None else _last.timeline()
