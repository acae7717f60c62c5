"""The asserts of a check, told apart into what was observed, what was expected, and what was promised.

`assert won == min(delays), "the fastest wins"` is a promise. While a student practises, it becomes a call that compares
both sides and keeps their values. In grading only the left side is evaluated beside the student's code; the right side
comes from the reference. Both are made here, from the same source text.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import AuthorError
from .values import encode, holds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TITLE_PREFIX = "# Check "

SIGNS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}


@dataclass(frozen=True)
class Promise:
    """One assert of a check.

    Attributes:
        number: its place among the asserts of the cell, from 0.
        left: source text of what is observed.
        operator: "==", "<=", "in" ...
        right: source text of what is expected.
        message: the promise in words, if it is a plain string; else None.
        line: line in the cell, from 1.
    """

    number: int
    left: str
    operator: str
    right: str
    message: str | None
    line: int


class BrokenPromise(AssertionError):  # noqa: N818  # that is what it is
    """Raised inside a check, while practising, when an assert does not hold."""

    def __init__(self, promise: Promise, left: object, right: object, message: str) -> None:
        super().__init__(message)
        self.promise, self.left, self.right, self.message = promise, left, right, message


class _Rewriter(ast.NodeTransformer):
    """Replace each assert by a call of `keeper(number, left, right, lambda: message)`, or without all but `left`."""

    def __init__(self, keeper: str, *, expected: bool) -> None:
        self.keeper = keeper
        self.expected = expected
        self.promises: list[Promise] = []

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        test = node.test
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in SIGNS):
            raise AuthorError(f"line {node.lineno}: expected `assert observed == expected`, not {ast.unparse(test)!r}")
        if node.msg is None:
            raise AuthorError(f"line {node.lineno}: an assert needs the promise in words as its message")
        left, right = test.left, test.comparators[0]
        number = len(self.promises)
        message = node.msg.value if isinstance(node.msg, ast.Constant) and isinstance(node.msg.value, str) else None
        self.promises.append(
            Promise(number, ast.unparse(left), SIGNS[type(test.ops[0])], ast.unparse(right), message, node.lineno)
        )
        empty = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        expected = [right, ast.Lambda(args=empty, body=node.msg)] if self.expected else []
        call = ast.Call(ast.Name(self.keeper, ast.Load()), [ast.Constant(number), left, *expected], [])
        return ast.fix_missing_locations(ast.copy_location(ast.Expr(call), node))


def rewrite(tree: ast.Module, keeper: str, *, expected: bool) -> list[Promise]:
    """Replace the asserts of a parsed cell or function, in place.

    Args:
        tree: the parsed source.
        keeper: name of the function that is called in place of each assert, with the assert's number, its left side
            and, if `expected`, its right side and a function that makes its message.
        expected: whether right side and message are kept.

    Returns:
        The promises, in the order of their numbers.

    Raises:
        AuthorError: if an assert is not of the form that can be judged outside.
    """
    rewriter = _Rewriter(keeper, expected=expected)
    rewriter.visit(tree)
    return rewriter.promises


def look_for(look: str | Mapping[str, str], promised: str, problem: str = "") -> str:
    """Where to look when a promise was broken: the line of the kind of problem, its own, else the one for all ("")."""
    if isinstance(look, str):
        return look
    return (problem and look.get(problem)) or look.get(promised) or look.get("", "")


def keeping(
    check: Callable[[], Any], kept: Callable[[int], object] = lambda number: None
) -> tuple[Callable[[], Any], list[Promise]]:
    """Make a twin of a check whose asserts raise `BrokenPromise` with the values of both sides.

    Args:
        check: the check.
        kept: told the number of each assert that holds.

    Returns:
        The twin and the check's promises; the check itself and no promises if its source cannot be had or it needs
        variables of an enclosing function.

    Raises:
        AuthorError: if an assert is not of the form that can be judged outside.
    """
    try:
        lines, first = inspect.getsourcelines(check)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError):
        return check, []
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef) or check.__code__.co_freevars:
        return check, []
    ast.increment_lineno(tree, first - 1)
    promises = rewrite(tree, "_keep_promise", expected=True)
    code = compile(_inside_factory(tree, definition.name), check.__code__.co_filename, "exec")
    made: dict[str, Any] = {}
    exec(code, check.__globals__, made)

    def keep(number: int, left: object, right: object, message: Callable[[], str]) -> None:
        if not holds(promises[number].operator, encode(left), encode(right)):
            raise BrokenPromise(promises[number], left, right, message())
        kept(number)

    twin: Callable[[], Any] = made["_make"](keep)
    return twin, promises


def _inside_factory(tree: ast.Module, name: str) -> ast.Module:
    """`def _make(_keep_promise): <the check>; return check`, so that the check finds the keeper without a global."""
    factory = ast.parse("def _make(_keep_promise): pass")
    made = factory.body[0]
    assert isinstance(made, ast.FunctionDef)
    made.body = [*tree.body, ast.Return(ast.Name(name, ast.Load()))]
    return ast.fix_missing_locations(factory)


def title_of(source: str) -> tuple[str, str] | None:
    """Read check id and title from the first line of a graded cell.

    `# Check 0.2-first-wins: the first to return wins` gives `("0.2-first-wins", "the first to return wins")`.
    """
    first = source.lstrip().split("\n", 1)[0]
    if not first.startswith(TITLE_PREFIX) or ":" not in first:
        return None
    check_id, title = first.removeprefix(TITLE_PREFIX).split(":", 1)
    return check_id.strip(), title.strip()
