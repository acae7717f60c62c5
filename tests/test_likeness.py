"""Which submissions of a class are almost the same."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.likeness import ALIKE, SHORTEST, bare, groups, likeness, tokens
from autograder.results import CheckResult, Result

CASES = Path(__file__).parent / "submissions" / "03-worker-pool" / "3.3"
RIGHT = sorted(path.read_text(encoding="utf-8") for path in CASES.glob("right_*.py"))
TRIED = CheckResult("failed", 0.0)


def handed_in(student: str, code: str, check: CheckResult = TRIED) -> Result:
    return Result(student, 0.0, 10.0, checks={"3.3-first": check}, code={"3.3": code})


def disguised(code: str) -> str:
    """The same code with other comments, docstrings, blank lines, and one name changed."""
    changed = re.sub(r"\bworkers\b", "crew", code)
    return "# all my own work\n" + re.sub(r"\n(    def )", r"\n\n\n    # a helper\n\1", changed)


def test_the_cases_are_long_enough_to_tell() -> None:
    assert len(RIGHT) >= 5
    assert min(len(tokens(code)) for code in RIGHT) >= SHORTEST


def test_a_copy_is_found_under_other_comments_layout_and_a_new_name() -> None:
    found = groups([handed_in("ada", RIGHT[0]), handed_in("bob", RIGHT[1]), handed_in("cy", disguised(RIGHT[0]))])
    assert [group.students for group in found] == [("ada", "cy")]
    assert ALIKE <= found[0].likeness <= 1


def test_right_answers_of_different_people_are_no_copies() -> None:
    assert groups([handed_in(f"student{number}", code) for number, code in enumerate(RIGHT)]) == []


def test_copies_of_copies_are_one_group_the_largest_first() -> None:
    copies = [handed_in(f"a{number}", RIGHT[0]) for number in range(3)]
    others = [handed_in("b0", RIGHT[1]), handed_in("b1", RIGHT[1])]
    assert [group.students for group in groups([*others, *copies])] == [("a0", "a1", "a2"), ("b0", "b1")]


def test_what_was_given_and_what_is_short_says_nothing() -> None:
    blank = CheckResult("not attempted", 0.0)
    assert groups([handed_in("ada", RIGHT[0], blank), handed_in("bob", RIGHT[0], blank)]) == []
    short = "async def gather(*async_fns):\n    return [await async_fn() for async_fn in async_fns]"
    assert groups([handed_in("ada", short), handed_in("bob", short)]) == []


def test_code_that_cannot_be_read_is_compared_all_the_same() -> None:
    broken = RIGHT[0] + "\ndef ("
    assert bare("x = 1  # ada\ndef (") == "x = 1  \ndef ("
    assert likeness(broken, broken + "  # a comment") == 1
