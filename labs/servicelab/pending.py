"""Names that a cell has not made because an exercise is not written yet, so that later cells say which one.

A notebook goes on after a cell that failed, and a cell that needs `service` would then speak of a `NameError`. So the
names that a failing cell was to make are noted with the exercise it waits for, and with those the names of the cells
that fail for their sake.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from .tracebacks import STUB, stub_of

if TYPE_CHECKING:
    from collections.abc import Container

_WAITS = re.compile(r"waits for exercise (?P<number>\d+\.\d+): (?P<name>[\w.]*\w)")
_MISSING = re.compile(r"name '(?P<name>\w+)' is not defined")
_exercises: dict[str, str] = {}  # name -> "4.2: Dispatcher.__init__"


def look_at(error: BaseException, source: str, known: Container[str]) -> None:
    """Note what a cell that has failed did not make, if an exercise is the reason.

    Args:
        error: what left the cell.
        source: the cell.
        known: the names that there are.
    """
    exercise = _exercise_of(error)
    if exercise:
        _exercises.update({name: exercise for name in _made_by(source) if name not in known})


def waits_for(error: BaseException | str) -> str:
    """The exercise for whose sake a name is missing, "4.2: Dispatcher.__init__"; nothing if that is not the trouble."""
    missing = _MISSING.search(str(error)) if isinstance(error, str | NameError) else None
    return _exercises.get(missing["name"], "") if missing else ""


def told(error: BaseException, known: Container[str]) -> str:
    """What a student reads in place of a `NameError` for such a name; nothing if it is not one."""
    exercise = waits_for(error)
    if not exercise or not isinstance(error, NameError) or error.name in known:
        return ""
    return (
        f"`{error.name}` is not there yet: the cell that makes it waits for exercise {exercise}. "
        "Write that, run its cell, then the cells from there to this one."
    )


def _exercise_of(error: BaseException) -> str:
    stub = stub_of(error) or _WAITS.search(str(error))
    return f"{stub['number']}: {stub['name']}" if stub else waits_for(error)


def _made_by(source: str) -> set[str]:
    """The names that a cell assigns, outside of functions and classes."""
    try:
        waiting: list[ast.AST] = [ast.parse(source)]
    except SyntaxError:  # a magic, or a cell of the student's own
        return set()
    made = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            made.add(node.id)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return made


def in_words(message: str) -> str:
    """Say of a service's start-up which exercise it waits for; nothing if it failed for another reason."""
    stub = STUB.search(message)
    exercise = f"{stub['number']}: {stub['name']}" if stub else waits_for(message)
    return (
        f"the service waits for exercise {exercise}. Write that, run its cell, then run this cell again"
        if exercise
        else ""
    )
