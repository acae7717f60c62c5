"""Tracebacks that show the student's own frames, and exception groups as real errors.

IPython prints an exception group to stderr: nothing in the notebook's `error` outputs tells that the cell failed, so
tools take it for a success. It also shows every frame of trio and of this library between two lines of a student.

Theory of operation
===================
1. An exception that knows how to show itself (`_render_traceback_`) does so.
2. A stub's `NotImplementedError("Exercise 0.2: race")` is one sentence: what to do next.
3. Else frames of trio, servicelab, IPython and what lies between them are taken out of all tracebacks that belong to
   the exception: its own, those of its causes and contexts, those of a group's members. If nothing would be left, all
   stay. The exceptions get their tracebacks back afterwards.
4. A group anywhere among them is formatted by `traceback`, which knows groups; anything else by IPython.
"""

from __future__ import annotations

import linecache
import re
import traceback
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .places import is_library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STUB = re.compile(r"Exercise (?P<number>\d+\.\d+): (?P<name>[^\s]+)")

_HIDDEN = ("trio", "servicelab", "IPython", "ipykernel", "outcome", "contextlib", "runpy", "asyncio")
_FILE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')
_BOLD_RED, _PLAIN = "\x1b[1;31m", "\x1b[0m"


def related(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and all that hang on it: group members, cause, context; each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__context__ if not one.__suppress_context__ else None, one.__cause__]
        if isinstance(one, BaseExceptionGroup):
            waiting += reversed(one.exceptions)


def has_group(error: BaseException) -> bool:
    """Whether an exception is a group, or a group is among its causes and contexts."""
    return any(isinstance(one, BaseExceptionGroup) for one in related(error))


def stub_of(error: BaseException) -> re.Match[str] | None:
    """Return the match of an unwritten exercise's message, if that is what was raised."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return STUB.match(str(error)) if isinstance(error, NotImplementedError) else None


def render(shell: Any, error: BaseException, tb_offset: int | None = None) -> list[str]:
    """Return what a notebook shows for an exception.

    Args:
        shell: the IPython shell in which it was raised.
        error: the exception.
        tb_offset: frames of IPython at the top, if it is known.
    """
    own = getattr(error, "_render_traceback_", None)
    if own is not None:
        return list(own())
    stub = stub_of(error)
    if stub:
        return [unwritten(stub["number"], stub["name"], source_of(error, stub["name"]))]
    with pruned(error) as changed:
        if has_group(error):
            return _with_groups(error, shell.compile.format_code_name)
        offset = 0 if changed else tb_offset
        formatted = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__, tb_offset=offset)
        return list(formatted)


def unwritten(number: str, name: str, source: str) -> str:
    """Return the sentence for an exercise that is not written yet.

    Args:
        number: the exercise, "0.2".
        name: what is not written, "race" or "Probe.status".
        source: the source of the cell that defines it; empty if it is not known.
    """
    code = [line for line in source.splitlines() if line.strip() and not line.startswith(("#", "@"))]
    outer = re.escape(name.split(".")[0])
    defined = re.search(rf"^(?:async def|def|class) {outer}\b", source, re.MULTILINE)
    where = f"defines `{outer}`"
    if defined:
        begins = bool(code) and code[0].startswith(defined[0])
        where = f"{'begins with' if begins else 'holds'} `{defined[0]}`"
    return (
        f"Exercise {number}: {name} is not written yet. "
        f"Write it in the cell above that {where}, run that cell, then this one again."
    )


def source_of(error: BaseException, name: str) -> str:
    """Return the source of the cell that raised an unwritten exercise's error."""
    outer = name.split(".")[0]
    sources = [
        "".join(linecache.getlines(frame.f_code.co_filename))
        for one in related(error)
        for frame, _ in traceback.walk_tb(one.__traceback__)
        if not _hidden(frame.f_globals.get("__name__") or "", frame.f_code.co_filename)
    ]
    defines = re.compile(rf"^(async def|def|class) {outer}\b", re.MULTILINE)
    return next((source for source in reversed(sources) if defines.search(source)), "")


@contextmanager
def pruned(error: BaseException) -> Iterator[bool]:
    """Take the frames that are not the student's out of an exception's tracebacks, for a while; say if any were."""
    originals = [(one, one.__traceback__) for one in related(error)]
    changed = False
    try:
        for one, original in originals:
            kept = _only_students(original)
            if kept is not None:
                changed = changed or one is error
                one.__traceback__ = kept
        yield changed
    finally:
        for one, original in originals:
            one.__traceback__ = original


def _only_students(tb: TracebackType | None) -> TracebackType | None:
    """A copy of a traceback without the frames in between; None if no frame would be left."""
    kept: TracebackType | None = None
    frames: list[TracebackType] = []
    while tb is not None:
        frames.append(tb)
        tb = tb.tb_next
    for one in reversed(frames):
        code = one.tb_frame.f_code
        if not _hidden(one.tb_frame.f_globals.get("__name__") or "", code.co_filename):
            kept = TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return kept


def _hidden(module: str, filename: str) -> bool:
    return module.split(".")[0] in _HIDDEN or is_library(filename)


def _with_groups(error: BaseException, code_name: Callable[[str], tuple[str, str] | None]) -> list[str]:
    def named(match: re.Match[str]) -> str:
        known = code_name(match["file"])
        return f"{' '.join(known)}, line {match['line']}" if known else match[0]

    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    lines = [_FILE.sub(named, line) for line in text.rstrip("\n").splitlines()]
    return [f"{_BOLD_RED}{type(error).__name__}{_PLAIN}: {error}", *lines]
