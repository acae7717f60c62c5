"""Slips of the pen that have nothing to do with an exercise, known by what Python says to them: where to look then."""

from __future__ import annotations

import re

_SLIPS = {
    r"'async_generator' object does not support the asynchronous context manager protocol": (
        "the line above the `async def` with the `yield`: `@asynccontextmanager` is missing there"
    ),
    r"'coroutine' object does not support the asynchronous context manager protocol": (
        "how the function after `async with` is written: an `async def` without a `yield` gives a coroutine; write "
        "`def`, or `@asynccontextmanager` and a `yield`"
    ),
    r"'async for' requires an object with __aiter__ method, got coroutine": (
        "how the function after `async for` is written: an `async def` without a `yield` gives a coroutine; write `def`"
    ),
    r"object \w+ can't be used in 'await' expression": (
        "how the function after `await` is written: only an `async def` can be awaited"
    ),
    r"'coroutine' object (?:is not|has no|does not support)": (
        "where an `await` is missing: a coroutine is no result yet"
    ),
    r"'dict' object has no attribute '(\w+)'": 'how a dict is asked: `row["{0}"]`, not `row.{0}`',
    r"Cannot be used outside of a run context|must be called from async context": (
        "who calls that function: a plain `def` for a route is called in a thread, where there is no trio; write "
        "`async def`"
    ),
    r"`time\.sleep\([^)]*\)` stopped every task": (
        "what waits without `await`: `time.sleep` holds the whole program, `await trio.sleep` only its task"
    ),
    r"dictionary changed size during iteration": (
        "which loop goes over a dict that is changed meanwhile: let it go over `list(...)` of it"
    ),
    r"Each CancelScope may only be used for a single 'with' block": (
        "where the cancel scope is made: each `with` needs a new one"
    ),
}


def look(happened: str) -> str:
    """Return where to look if what happened is a known slip, else nothing."""
    for pattern, where in _SLIPS.items():
        if found := re.search(pattern, happened):
            return where.format(*found.groups())
    return ""
