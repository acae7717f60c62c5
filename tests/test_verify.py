"""`verify`: closed, under many schedules, and telling a failure in three parts."""

from __future__ import annotations

import contextlib
import re

import pytest
import trio

from servicelab import NotAttempted, NotYet, error_of, replay, unseen, verify
from servicelab.errors import AuthorError, CouldNotBeJudged


@pytest.fixture(autouse=True)
def _own_progress(tmp_path, monkeypatch):
    monkeypatch.setenv("SERVICELAB_HOME", str(tmp_path))


async def slowest(*seconds: int) -> int:
    async with trio.open_nursery() as nursery:
        for s in seconds:
            nursery.start_soon(trio.sleep, s)
    return max(seconds)


async def one_by_one(*seconds: int) -> int:
    for s in seconds:
        await trio.sleep(s)
    return max(seconds)


solution = slowest


async def check() -> None:
    delays = unseen("delays").sample(range(1, 50), 3)
    assert await solution(*delays) == max(delays), "the slowest is returned"
    assert trio.current_time() == max(delays), "all sleep at the same time"


def failing(with_solution, check=check, **options) -> NotYet:
    global solution
    solution = with_solution
    try:
        with pytest.raises(NotYet) as caught:
            verify(check, **options)
    finally:
        solution = slowest
    return caught.value


def test_a_kept_promise_passes_and_says_how_often(capsys):
    assert verify(check) is None
    assert re.match(r"Passed: check \((all )?\d+ schedules\)\n", capsys.readouterr().out)


def test_a_broken_promise_is_told_in_three_parts():
    failure = failing(one_by_one, look="the nursery").failure
    assert failure.headline == "Not yet: check."
    assert failure.promised == "all sleep at the same time"
    assert re.match(
        r"at \d+ s `trio\.current_time\(\)` was [\d.]+, expected \d+ \(schedule \[\], `replay", failure.happened
    )
    assert failure.look == "the nursery"


def test_a_promise_may_have_its_own_line_of_where_to_look():
    looks = {"all sleep at the same time": "the nursery", "": "the docstring"}
    assert failing(one_by_one, look=looks).failure.look == "the nursery"
    assert failing(lambda *seconds: slowest(*seconds, 99), look=looks).failure.look == "the docstring"


def test_a_promise_that_breaks_inside_of_a_nursery_is_told_with_its_values():
    async def check() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 9)
            assert await solution(3) == 4, "the sum is returned"

    failure = failing(slowest, check).failure
    assert failure.promised == "the sum is returned"
    assert "`await solution(3)` was 3, expected 4" in failure.happened


def test_an_exception_of_the_student_is_told_with_its_place():
    async def broken(*seconds: int) -> int:
        raise OSError("replica down")

    assert "`OSError: replica down` was raised" in failing(broken).failure.happened


def test_an_error_is_told_without_addresses_and_enclosing_functions():
    async def called_too_early(*seconds: int) -> int:
        async with trio.open_nursery() as nursery:
            waiting = trio.sleep(1)  # noqa: ASYNC105  # the mistake that is looked for
            try:
                nursery.start_soon(waiting)
            finally:
                waiting.close()
        return 0

    happened = failing(called_too_early).failure.happened
    assert "expecting an async function" in happened
    assert "<coroutine object sleep>" in happened


def test_a_stub_is_not_attempted():
    async def stub(*seconds: int) -> int:
        raise NotImplementedError("Exercise 0.1: slowest")

    global solution
    solution = stub
    try:
        with pytest.raises(NotAttempted, match=r"^Not attempted: Exercise 0\.1: slowest is not written yet\.$"):
            verify(check)
    finally:
        solution = slowest


async def check_asks_for_a_missing_name() -> None:
    assert await nobody_wrote_this() == unseen("x").random(), "it is there"  # type: ignore[name-defined]  # noqa: F821


def test_a_missing_name_could_not_be_judged():
    with pytest.raises(CouldNotBeJudged, match="`nobody_wrote_this` is not defined"):
        verify(check_asks_for_a_missing_name)


async def check_without_asserts() -> None:
    await slowest(1)


@pytest.mark.parametrize("nothing", [check_without_asserts, None, 3])
def test_silence_is_not_success(nothing):
    with pytest.raises(AuthorError):
        verify(nothing)


class Store:
    n = 0


async def check_lost_update() -> None:
    store = Store()

    async def add(pause: int) -> None:
        for _ in range(pause):
            await trio.lowlevel.checkpoint()
        seen = store.n
        await trio.lowlevel.checkpoint()
        store.n = seen + 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(add, 0)
        nursery.start_soon(add, 2)
    assert store.n == 2, "every update counts"


def test_a_race_is_found_named_and_replayed(capsys):
    failure = failing(slowest, check_lost_update).failure
    found = re.search(r"schedule (\[[\d, ]+\])", failure.happened)
    assert found
    picks = [int(pick) for pick in found[1].strip("[]").split(",")]
    timeline = replay(check_lost_update, picks)
    assert "every update counts" in capsys.readouterr().out
    assert "add" in timeline.text()


def test_replay_of_a_good_schedule_says_so(capsys):
    replay(check_lost_update, [])
    assert capsys.readouterr().out == "Under schedule [] with inputs 0 the check passes.\n"


async def check_swallow() -> None:
    with trio.move_on_after(1):
        with contextlib.suppress(trio.Cancelled):
            await trio.sleep(9)
    assert trio.current_time() == 1, "it ends at 1 s"


def test_a_problem_fails_a_check_whose_asserts_hold():
    assert "caught Cancelled and went on" in failing(slowest, check_swallow).failure.happened


def test_a_tolerated_problem_does_not():
    verify(check_swallow, tolerate=("swallowed",))


async def check_deadlock() -> None:
    await trio.Event().wait()
    assert trio.current_time() == 0, "it ends"


async def check_goes_on() -> None:
    assert await solution(1, 2) == 2, "the slowest is returned"
    assert trio.current_time() == 2, "all sleep at the same time"
    await trio.sleep_forever()
    assert trio.current_time() == 3, "it ends"


def test_a_deadlock_names_the_first_promise_that_was_not_kept_yet():
    assert failing(slowest, check_goes_on).failure.promised == "it ends"


@contextlib.asynccontextmanager
async def held():
    yield


async def not_decorated(*seconds: int) -> int:
    async def hold():
        yield

    async with hold():
        return max(seconds)


async def not_awaited(*seconds: int) -> int:
    return max(held)  # type: ignore[call-overload]  # any TypeError that is no slip


@pytest.mark.parametrize(
    ("solution", "where"), [(not_decorated, r"`@asynccontextmanager` is missing"), (not_awaited, r"the nursery")]
)
def test_a_slip_of_the_pen_is_looked_for_where_it_is(solution, where):
    assert where in failing(solution, look="the nursery").failure.look


def test_a_deadlock_is_told():
    failure = failing(slowest, check_deadlock).failure
    assert "nothing was left to wake one: `check_deadlock`" in failure.happened
    assert failure.promised == "it ends"


async def check_late_deadlock() -> None:
    assert await solution(3) == 3, "the slowest is returned"
    await trio.Event().wait()
    assert trio.current_time() == 3, "it ends"


def test_a_deadlock_is_told_with_the_promise_that_was_not_reached():
    assert failing(slowest, check_late_deadlock).failure.promised == "it ends"


def test_partial_credit_is_returned(capsys):
    assert verify(check, worth=1.5) == 1.5
    assert verify(check_deadlock, worth=1) == 0.0
    assert "Not yet" in capsys.readouterr().out


def test_a_plain_function_can_be_a_check():
    def check_plain() -> None:
        assert sorted([2, 1]) == [1, 2], "sorted"

    with pytest.raises(AuthorError):
        verify(check_plain and None)
    verify(check_plain)


def test_error_of_gives_the_exception_and_lets_cancellation_pass():
    async def main() -> tuple[str, bool]:
        async def broken() -> None:
            raise OSError("no")

        error = await error_of(broken)
        with trio.move_on_after(1) as scope:
            await error_of(trio.sleep_forever)
        return str(error), scope.cancelled_caught

    from servicelab import run

    assert run(main, draw=False) == ("no", True)
