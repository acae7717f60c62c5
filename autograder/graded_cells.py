"""Graded cells as they run beside a student's code: every assert sends out what it saw instead of judging it.

A graded cell is rewritten twice. The student's process runs `for_student`, which holds no expected value; the reference
solution runs `for_reference`, in a process of its own, and sends out expected values and promises as well. In both each
function of the check reports its calls (`servicelab.observe`).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from servicelab.promises import Promise, rewrite, title_of

from .errors import CourseError


@dataclass(frozen=True)
class Verified:
    """One `verify(...)` call of a graded cell: where it sends a student to look, and its partial credit in points."""

    look: str | dict[str, str]
    worth: float | None


@dataclass(frozen=True)
class GradedCell:
    """A graded cell of the source notebook, ready to be run beside a student's code.

    Attributes:
        check_id: "0.2-first-wins".
        title: the promise in short.
        points: points of the cell.
        hidden: whether the student does not see the check.
        for_student: the source that observes and holds no expected value.
        for_reference: the source that sends both sides.
        promises: the asserts, by number.
        verified: the `verify` calls, in order.
    """

    check_id: str
    title: str
    points: float
    hidden: bool
    for_student: str
    for_reference: str
    promises: tuple[Promise, ...]
    verified: tuple[Verified, ...]


def graded_cell(source: str, points: float) -> GradedCell:
    """Make a graded cell from its source text.

    Raises:
        CourseError: if the cell is not of the form that can be judged outside.
    """
    named = title_of(source)
    if named is None:
        raise CourseError(f"expected a first line `# Check N.M-slug: title`, not {source.splitlines()[:1]!r}")
    tree = ast.parse(source)
    promises = rewrite(tree, "_observe", expected=False)
    reference = ast.parse(source)
    rewrite(reference, "_reference", expected=True)
    verified = tuple(_verify_calls(tree))
    if not verified or not promises:
        raise CourseError(f"check {named[0]}: expected at least one assert and one `verify(...)`")
    for call in _calls(tree):
        call.keywords = [keyword for keyword in call.keywords if keyword.arg != "look"]  # it may hold promises
    report_functions(tree)
    report_functions(reference)
    hidden = "### BEGIN HIDDEN TESTS" in source
    return GradedCell(*named, points, hidden, ast.unparse(tree), ast.unparse(reference), tuple(promises), verified)


def report_functions(tree: ast.Module) -> None:
    """Put the body of every function into `with _running(number):`, in place, and their names in front of it all."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.With([ast.withitem(_call("_running", len(names)))], node.body)]
            names.append(node.name)
    tree.body.insert(0, ast.Expr(_call("_functions", *names)))
    ast.fix_missing_locations(tree)


def _call(function: str, *arguments: int | str) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), [ast.Constant(argument) for argument in arguments], [])


def _verify_calls(tree: ast.Module) -> list[Verified]:
    """What the `verify(...)` calls of a cell say, in the order in which they run."""
    return [Verified(_constant(call, "look") or "", _constant(call, "worth")) for call in _calls(tree)]


def _calls(tree: ast.Module) -> list[ast.Call]:
    """The `verify(...)` calls of a cell in the order in which they run; they stand at its top level."""
    calls = [
        node
        for statement in tree.body
        if isinstance(statement, ast.Expr)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "verify"
    ]
    return sorted(calls, key=lambda call: (call.lineno, call.col_offset))


def _constant(call: ast.Call, name: str) -> Any:
    value = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    return ast.literal_eval(value) if isinstance(value, ast.Constant | ast.Dict) else None
