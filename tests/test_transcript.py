"""From observations to a verdict: points only for what was proven."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import trio

from autograder.episodes import read
from autograder.errors import CourseError
from autograder.graded_cells import graded_cell
from autograder.transcript import Expectation, Verdict, judge
from servicelab.observe import run_check
from servicelab.schedules import dictated

CELL = """\
# Check 0.1-order: results come in argument order
async def check():
    inputs = unseen("n").sample(range(100), 3)
    got = await both(*inputs)
    assert got == inputs, "results come in argument order"
    assert trio.current_time() == max(inputs), "everything runs at the same time"

verify(check, look="where the results are kept")
"""
LOOK = '"where the results are kept"'
PICKS = ((), (1,), (0, 1))
SEED = "seed"


async def both(*seconds: int) -> list[int]:
    found: dict[int, int] = {}

    async def wait(place: int, s: int) -> None:
        await trio.sleep(s)
        found[place] = s

    async with trio.open_nursery() as nursery:
        for place, s in enumerate(seconds):
            nursery.start_soon(wait, place, s)
    return [found[place] for place in range(len(seconds))]


def events_of(source: str, **names: Any) -> list[Any]:
    events: list[Any] = []
    run_check({"trio": trio, **names}, source, PICKS, SEED, events.append)
    return events


def expectation(cell: str = CELL, **names: Any) -> Expectation:
    graded = graded_cell(cell, 2.0)
    return Expectation(graded, PICKS, read(events_of(graded.for_reference, **(names or {"both": both}))))


def verdict(cell: str = CELL, **names: Any) -> Verdict:
    expected = expectation(cell)
    return judge(expected, events_of(expected.cell.for_student, **names))


def test_the_reference_holds_its_own_check():
    assert expectation().faults() == []


def test_another_right_solution_earns_the_points():
    assert verdict(both=together) == Verdict("0.1-order", 2.0, "passed", None)


def test_how_many_schedules_a_student_tries_is_not_what_grading_runs():
    cell = CELL.replace("verify(check, ", "verify(check, schedules=2, ")
    assert verdict(cell, both=both) == Verdict("0.1-order", 2.0, "passed", None)


async def together(*seconds: int) -> list[int]:
    await trio.sleep(max(seconds))
    return list(seconds)


def test_a_schedule_that_is_missing_proves_nothing():
    picks, graded = tuple(map(tuple, dictated(4))), graded_cell(CELL, 2.0)
    reference, events = [], []
    run_check({"both": both}, graded.for_reference, picks, SEED, reference.append, through=True)
    run_check({"both": together}, graded.for_student, picks, SEED, events.append)
    begun = [place for place, event in enumerate(events) if event[0] == "begin"]
    assert [events[place][2] for place in begun] == [0, 1, 2, 3]
    expected = Expectation(graded, picks, read(reference))
    assert judge(expected, events).points == 2.0
    for start, end in pairwise([*begun, len(events) - 1]):
        assert judge(expected, [*events[:start], *events[end:]]).points == 0.0


def test_a_wrong_value_is_told_with_promise_values_and_schedule():
    async def backwards(*seconds: int) -> list[int]:
        return list(reversed(await both(*seconds)))

    found = verdict(both=backwards)
    assert (found.points, found.status) == (0.0, "failed")
    assert found.failure is not None
    assert found.failure.headline == "Not yet: results come in argument order."
    assert found.failure.promised == "results come in argument order"
    assert found.failure.happened.startswith("`got` was [")
    assert found.failure.happened.endswith("(schedule [])")
    assert found.failure.look == "where the results are kept"


def test_a_promise_may_have_its_own_line_of_where_to_look():
    async def backwards(*seconds: int) -> list[int]:
        return list(reversed(await both(*seconds)))

    cell = CELL.replace(LOOK, '{"results come in argument order": "the order", "": "the rest"}')
    found = verdict(cell, both=backwards)
    assert found.failure is not None
    assert found.failure.look == "the order"


def test_a_promise_that_was_broken_before_a_deadlock_is_told_first():
    cell = CELL.replace("    assert trio", "    if got != inputs:\n        await trio.sleep_forever()\n    assert trio")

    async def backwards(*seconds: int) -> list[int]:
        return list(reversed(await both(*seconds)))

    found = verdict(cell, both=backwards)
    assert found.failure is not None
    assert found.failure.promised == "results come in argument order"


def test_a_deadlock_has_a_line_of_its_own_where_to_look():
    async def never(*seconds: int) -> list[int]:
        await trio.sleep_forever()
        return list(seconds)

    looks = '{"deadlock": "who wakes whom", "": "where the results are kept"}'
    found = verdict(CELL.replace('"where the results are kept"', looks), both=never)
    assert found.failure is not None
    assert (found.failure.promised, found.failure.look) == ("results come in argument order", "who wakes whom")


def test_the_student_side_holds_no_expected_value():
    student = graded_cell(CELL, 2.0).for_student
    assert "where the results are kept" not in student
    assert "== inputs" not in student
    assert "at the same time" not in student
    assert "_observe(0, got)" in student


class AlwaysEqual(list):  # type: ignore[type-arg]
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def test_an_object_that_equals_everything_earns_nothing():
    async def forged(*seconds: int) -> Any:
        await trio.sleep(max(seconds))
        return AlwaysEqual()

    found = verdict(both=forged)
    assert found.points == 0.0
    assert found.failure is not None
    assert "AlwaysEqual" in found.failure.happened


def test_an_exception_is_told_with_its_text():
    async def broken(*seconds: int) -> Any:
        raise OSError("replica down")

    found = verdict(both=broken)
    assert found.failure is not None
    assert "`OSError: replica down` was raised" in found.failure.happened


def test_a_stub_is_not_attempted():
    async def stub(*seconds: int) -> Any:
        raise NotImplementedError("Exercise 0.1: both")

    found = verdict(both=stub)
    assert (found.points, found.status) == (0.0, "not attempted")


def test_a_missing_name_is_not_judged():
    found = verdict()
    assert (found.points, found.status) == (0.0, "not judged")
    assert found.failure is not None
    assert "`both` is not defined" in found.failure.headline


def test_a_patched_trio_run_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trio, "run", lambda *args, **kwargs: None)

    async def wrong(*seconds: int) -> list[int]:
        return []

    assert verdict(both=wrong).points == 0.0
    assert verdict(both=both).points == 2.0


def test_a_patched_clock_is_put_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trio, "current_time", trio.current_time)  # to have it put back after the test

    async def no_wait(*seconds: int) -> list[int]:
        return list(seconds)

    trio.current_time = lambda: 99  # type: ignore[assignment]
    assert verdict(both=no_wait).points == 0.0


def sawed(events: list[Any]) -> list[Any]:
    return [event for event in events if event[0] == "saw"]


@pytest.mark.parametrize(
    ("forge", "status"),
    [
        (lambda events: [], "failed"),
        (lambda events: events[:-1], "failed"),
        (lambda events: events[: len(events) // 2], "failed"),
        (lambda events: [event for event in events if event[0] != "saw"], "not judged"),
        (lambda events: [*events, *sawed(events)], "not judged"),
        (lambda events: events + events, "not judged"),
        (lambda events: [["done", 1]], "failed"),
        (lambda events: [["begin", 0, 0], ["end", 0, 0, [], 0.0], ["done", 1]], "not judged"),
        (lambda events: "nonsense", "not judged"),
        (lambda events: [["saw"], 3, None], "not judged"),
        (lambda events: [["begin", 0, 0], *events[1:2], *events[1:]], "not judged"),
    ],
)
def test_whatever_is_missing_or_too_much_proves_nothing(forge, status):
    expected = expectation()
    found = judge(expected, forge(events_of(expected.cell.for_student, both=both)))
    assert (found.points, found.status) == (0.0, status)


def test_a_trace_that_does_not_follow_the_dictated_schedule_proves_nothing():
    expected = expectation()
    events = events_of(expected.cell.for_student, both=both)
    for event in events:
        if event[0] == "end":
            event[3] = []
    assert judge(expected, events).points == 2.0  # an empty trace claims that there was nothing to choose
    for event in events:
        if event[0] == "end":
            event[3] = [[1, 2], [1, 2], [1, 2]]
    assert judge(expected, events).status == "not judged"


def test_never_awaited_checks_are_refused_when_the_course_is_made():
    with pytest.raises(CourseError, match="expected at least one assert and one `verify"):
        graded_cell("# Check 0.1-x: y\nasync def check():\n    assert 1 == 2, 'no'\n\ncheck()\n", 1)


def test_a_hidden_check_names_the_promise_and_not_the_inputs():
    hidden = CELL.replace("async def", "### BEGIN HIDDEN TESTS\nasync def", 1) + "### END HIDDEN TESTS\n"

    async def wrong(*seconds: int) -> list[int]:
        return [4711]

    found = verdict(hidden, both=wrong)
    assert found.failure is not None
    assert found.failure.promised == "results come in argument order"
    assert "4711" not in found.failure.text()


def test_partial_credit_is_the_sum_of_what_was_proven():
    cell = CELL.replace(
        'verify(check, look="where the results are kept")', "verify(check, worth=1.5) + verify(other, worth=0.5)"
    )
    cell = cell.replace(
        "verify(",
        'async def other():\n    assert unseen("x").randint(1, 9) == unseen("x").randint(1, 9), "x"\n\nverify(',
        1,
    )

    async def wrong(*seconds: int) -> list[int]:
        return []

    assert verdict(cell, both=wrong).points == 0.5
    assert verdict(cell, both=both).points == 2.0


def test_a_check_that_the_reference_fails_judges_nobody():
    async def wrong(*seconds: int) -> list[int]:
        return []

    faults = expectation(both=wrong).faults()
    assert any("the reference breaks it" in fault for fault in faults)


def test_a_constant_expectation_can_be_seen():
    values = expectation().expected_values()
    assert all(len(seen) == len(PICKS) for seen in values.values())
