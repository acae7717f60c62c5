"""The form of a graded cell, without running it: what grading relies on (see solutions/README.md)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from servicelab.verify import PROMISES_KEPT_BY_ALL

from . import notebooks, stubs
from .errors import CourseError
from .exercises import CHECK

Problem = tuple[str, str, str]
"""Rule, what is wrong, how to mend it."""

ALLOWED = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn)


def problems(cell: NotebookNode, drawing: frozenset[str]) -> Iterator[Problem]:
    """Yield what is wrong with the form of one graded cell.

    Args:
        cell: the graded cell of a source notebook.
        drawing: `unseen`, and the names of given functions that draw unseen inputs themselves.
    """
    yield from _title_problems(cell)
    try:
        hidden = notebooks.regions(cell.source, notebooks.HIDDEN_TESTS)
    except CourseError as error:
        yield "check-form", str(error), "close the region"
        return
    if hidden and (len(hidden) > 1 or (hidden[0].first, hidden[0].last) != (1, cell.source.count("\n"))):
        yield "check-form", "a hidden check has one region, from its second line to its last", "move the marks"
    try:
        tree = stubs.parse(notebooks.unmarked(cell.source, notebooks.HIDDEN_TESTS))
    except SyntaxError as error:
        yield "check-form", f"expected Python: {error.msg}", "mend the cell"
        return
    if not tree.body or not _verifies(tree.body[-1]):
        yield "check-form", "does not end in verify(check)", "let verify(check, look=...) be the last line"
    yield from _assert_problems(tree)
    yield from _look_problems(tree)
    if not drawing & {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}:
        yield "guessable", "draws no unseen inputs, so its answers can be guessed", 'draw one with unseen("name")'


def _title_problems(cell: NotebookNode) -> Iterator[Problem]:
    """Yield what is wrong with the comment line, which is the headline of the check's message."""
    first = cell.source.split("\n", 1)[0]
    match = CHECK.match(first)
    grade_id = notebooks.nbgrader(cell)["grade_id"]
    if match is None:
        yield "check-form", f"the first line is {first!r}", "begin with '# Check N.M-slug: what is promised'"
        return
    if match["id"].replace(".", "_", 1) != grade_id:
        wanted = match["id"].replace(".", "_", 1)
        yield (
            "check-form",
            f"is check {match['id']} by its first line, {grade_id} by its grade_id",
            f"grade_id {wanted}",
        )
    title = match["title"]
    if title.endswith(".") or re.match(r"[A-Z][a-z]*\s", title):
        yield "check-form", f"title {title!r}", "begin it with a small letter and end it without a full stop"


def _verifies(statement: ast.stmt) -> bool:
    """Tell whether a statement is `verify(...)`, or a sum of them."""
    return isinstance(statement, ast.Expr) and _is_verify(statement.value)


def _is_verify(value: ast.expr) -> bool:
    """Tell whether an expression is `verify(...)`, or a sum of them."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _is_verify(value.left) and _is_verify(value.right)
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "verify"


def _assert_problems(tree: ast.Module) -> Iterator[Problem]:
    """Yield what is wrong with the asserts of a check."""
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    if not asserts:
        yield "assert-form", "asserts nothing", 'assert what the code did == what was promised, "the promise"'
    for node in asserts:
        yield from _one_assert(node)
    for block in (node for node in ast.walk(tree) if isinstance(node, ast.Try | ast.TryStar)):
        if any(isinstance(inner, ast.Assert) for inner in ast.walk(block)):
            yield "assert-form", f"line {block.lineno}: an assert within try", "assert after it, on plain values"


def _look_problems(tree: ast.Module) -> Iterator[Problem]:
    """Yield what is wrong with the lines of a `look` that has one for each of several promises."""
    promises = {_text(node.msg) for node in ast.walk(tree) if isinstance(node, ast.Assert)}
    looks = [node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "look"]
    for look in looks:
        if not isinstance(look, ast.Dict):
            continue
        keys = {_text(key) for key in look.keys}
        if None in keys or None in map(_text, look.values):
            yield "check-form", "look is no dict of plain strings", 'look={"a promise": "its line", "": "all others"}'
        elif "" not in keys:
            yield "check-form", "look has no line for the other promises", 'add one under ""'
        for key in sorted(key for key in keys - promises - {"deadlock", *PROMISES_KEPT_BY_ALL.values()} if key):
            yield "check-form", f"look names {key!r}, which is no promise of the check", "use the words of an assert"


def _text(node: ast.expr | None) -> str | None:
    """A plain string in the source, None if the expression is something else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _one_assert(node: ast.Assert) -> Iterator[Problem]:
    """Yield what is wrong with one assert."""
    test, where = node.test, f"line {node.lineno}: "
    if not isinstance(test, ast.Compare):
        yield "assert-form", f"{where}asserts a bare truth", "compare what the code did with what was promised"
    elif len(test.ops) != 1:
        yield "assert-form", f"{where}compares more than two things", "write one assert for each comparison"
    elif not isinstance(test.ops[0], ALLOWED):
        yield "assert-form", f"{where}compares identities", "write == (grading compares plain values)"
    if not (_text(node.msg) or "").strip():
        yield "assert-form", f"{where}has no promise", 'add one as a plain string: assert ..., "the promise"'
