"""The asserts of a check, told apart into what was observed, expected and promised."""

from __future__ import annotations

import ast

import pytest

from servicelab.errors import AuthorError
from servicelab.promises import BrokenPromise, keeping, rewrite, title_of


def rewritten(source: str, *, expected: bool) -> str:
    tree = ast.parse(source)
    rewrite(tree, "_observe", expected=expected)
    return ast.unparse(tree)


def test_the_student_side_keeps_the_left_side_only():
    assert rewritten("assert won == min(delays), 'the fastest wins'", expected=False) == "_observe(0, won)"


def test_the_reference_side_keeps_both_and_the_promise():
    assert rewritten("assert won == 3, f'{x} wins'", expected=True) == "_observe(0, won, 3, lambda: f'{x} wins')"


def test_an_await_on_the_left_stays_where_it_is():
    source = "async def check():\n    assert await race(a) == 1, 'one'"
    assert "_observe(0, await race(a))" in rewritten(source, expected=False)


@pytest.mark.parametrize(
    "source",
    [
        "assert ok, 'x'",
        "assert a == b == c, 'x'",
        "assert a == b and c == d, 'x'",
        "assert not a, 'x'",
        "assert a is b, 'x'",
    ],
)
def test_an_assert_that_is_no_single_comparison_is_refused(source):
    with pytest.raises(AuthorError, match=r"^line 1: expected `assert observed == expected`, not "):
        rewritten(source, expected=False)


def test_an_assert_without_a_promise_is_refused():
    with pytest.raises(AuthorError, match="needs the promise in words"):
        rewritten("assert a == b", expected=False)


async def check_of_this_module() -> None:
    value = [1, 2]
    assert value == [1, 2], "first"
    assert len(value) == 3, "second"


def test_the_twin_of_a_check_keeps_the_values_of_a_broken_promise():
    twin, promises = keeping(check_of_this_module)
    with pytest.raises(BrokenPromise) as caught:
        twin().send(None)
    broken = caught.value
    assert (broken.promise.left, broken.left, broken.right, broken.message) == ("len(value)", 2, 3, "second")
    assert [promise.message for promise in promises] == ["first", "second"]


def test_the_twin_reports_the_lines_of_the_original():
    twin, promises = keeping(check_of_this_module)
    assert promises[0].line == check_of_this_module.__code__.co_firstlineno + 2
    assert twin.__code__.co_filename == check_of_this_module.__code__.co_filename


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# Check 0.2-first-wins: the first wins\nx = 1", ("0.2-first-wins", "the first wins")),
        ("# Check 0.2-a: b: c", ("0.2-a", "b: c")),
        ("# check 0.2-a: b", None),
        ("x = 1", None),
        ("", None),
    ],
)
def test_title_of(source, expected):
    assert title_of(source) == expected
