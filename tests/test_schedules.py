"""Schedules: explored, shrunk, replayed; and the blind spot of trio's own scheduler."""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing

from servicelab.schedules import Run, dictated, explore, run_each, run_once, trimmed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Sequence


class Counter:
    """A counter whose update can be lost, though not when all tasks move in lockstep."""

    def __init__(self) -> None:
        self.n = 0

    async def add(self, pause: int) -> None:
        for _ in range(pause):
            await trio.lowlevel.checkpoint()
        seen = self.n
        await trio.lowlevel.checkpoint()
        self.n = seen + 1


async def lost_update() -> None:
    counter = Counter()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(counter.add, 0)
        nursery.start_soon(counter.add, 2)
    assert counter.n == 2


def failed(run: Run) -> bool:
    return run.error is not None


def default_runs_that_fail(count: int) -> int:
    failures = 0
    for _ in range(count):
        try:
            trio.run(lost_update, clock=trio.testing.MockClock(autojump_threshold=0))
        except AssertionError:
            failures += 1
    return failures


def test_trios_own_scheduler_never_shows_the_lost_update():
    assert default_runs_that_fail(500) == 0


def test_exploring_finds_the_lost_update_with_few_deviations():
    found = explore(lost_update, failed, limit=200)
    assert found.failure is not None
    assert sum(pick != 0 for pick in found.failure.picks) <= 2


def test_hypothesis_finds_and_shrinks_what_the_first_deviations_miss():
    found = explore(lost_update, failed, limit=1, drawn=200)
    assert found.failure is not None
    assert len(found.failure.picks) <= 6


def test_the_same_picks_give_the_same_run():
    failure = explore(lost_update, failed, limit=200).failure
    assert failure is not None
    again = run_once(lost_update, picks=failure.picks)
    assert (again.trace, again.end_s) == (failure.trace, failure.end_s)
    assert isinstance(again.error, AssertionError)


def test_a_small_program_is_explored_exhaustively():
    orders = set()

    async def main() -> None:
        order: list[int] = []

        async def one(number: int) -> None:
            order.append(number)

        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(one, number)
        orders.add(tuple(order))

    found = explore(main, failed, limit=100)
    assert found.complete
    assert len(orders) == 6


def test_the_search_stops_at_its_limit_of_steps():
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(trio.sleep, 1)

    few = explore(main, failed, limit=1000, drawn=0, max_total_steps=500)
    assert few.runs < 60
    assert not few.complete


def test_without_picks_the_order_is_fair():
    async def polls_until(done: list[bool]) -> None:
        while not done:
            await trio.lowlevel.checkpoint()

    async def main() -> None:
        done: list[bool] = []

        async def finish() -> None:
            for _ in range(5):
                await trio.lowlevel.checkpoint()
            done.append(True)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(polls_until, done)
            nursery.start_soon(finish)

    for picks in ([], [1, 1, 1, 1], [0, 1] * 10):
        assert run_once(main, picks=picks).problems == ()


def test_time_is_virtual_and_starts_at_zero():
    async def main() -> tuple[float, float]:
        start = trio.current_time()
        await trio.sleep(3600)
        return start, trio.current_time()

    run = run_once(main)
    assert (run.value, run.end_s) == ((0.0, 3600.0), 3600.0)


def test_an_error_is_kept_as_itself():
    error = ValueError("no")

    async def main() -> None:
        raise error

    assert run_once(main).error is error


def test_an_interrupt_of_the_user_is_not_a_result():
    async def main() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_once(main)


# --- one run after the other in one `trio.run` ---
NAME = contextvars.ContextVar("NAME", default="nobody")
PLACE: trio.lowlevel.RunVar[str] = trio.lowlevel.RunVar("PLACE", default="nowhere")


async def times_out_and_races() -> list[object]:
    seen: list[object] = [trio.current_time(), NAME.get(), PLACE.get(), trio.lowlevel.current_statistics().tasks_living]
    NAME.set("somebody")
    with trio.move_on_after(2):
        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(append, seen, number)
            nursery.start_soon(trio.sleep_forever)
    return seen


async def append(to: list[object], value: object) -> None:
    to.append(value)


async def raises() -> None:
    with trio.fail_after(1):
        await trio.sleep(2)


async def raises_in_a_child() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(raises)
        nursery.start_soon(trio.sleep, 5)


async def leaves_a_task() -> None:
    trio.lowlevel.spawn_system_task(trio.sleep, 3)


async def leaves_a_mark() -> str:
    mark, _ = PLACE.get(), PLACE.set("here")
    return mark


async def leaves_a_generator() -> str:
    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)

    generator = numbers()
    LEFT.append(generator)
    return repr([await anext(generator)])


LEFT: list[object] = []


async def deadlocks() -> None:
    await trio.sleep_forever()


async def starts_a_thread() -> int:
    return await trio.to_thread.run_sync(int, "7")


async def swallows() -> None:
    async def stubborn() -> None:
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(stubborn)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()


PROGRAMS = (
    times_out_and_races,
    lost_update,
    raises,
    raises_in_a_child,
    leaves_a_task,
    leaves_a_mark,
    leaves_a_generator,
    deadlocks,
    starts_a_thread,
    swallows,
)


def told(run: Run) -> tuple[object, ...]:
    return run.value, type(run.error), run.trace, run.end_s, run.problems


def runs_of(main: Callable[[], Any], picks_lists: Sequence[Sequence[int]]) -> list[Run]:
    runs: list[Run] = []

    def search() -> Generator[Sequence[int], Run, None]:
        for picks in picks_lists:
            run = yield picks
            runs.append(run)

    run_each(main, search())
    return runs


@pytest.mark.parametrize("main", PROGRAMS)
def test_each_run_of_many_is_as_if_it_were_the_only_one(main: Callable[[], Any]):
    picks_lists = dictated(12)
    alone = [told(run_once(main, picks=picks)) for picks in picks_lists]
    assert [told(run) for run in runs_of(main, picks_lists)] == alone


def test_programs_that_leave_nothing_behind_share_one_trio_run():
    async def main() -> object:
        return trio.lowlevel.current_root_task()

    assert len({run.value for run in runs_of(main, [()] * 5)}) == 1


def test_an_interrupt_ends_all_runs():
    async def main() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs_of(main, [(), ()])


def test_dictated_schedules_are_as_many_as_asked_and_the_same_for_a_seed():
    assert len(dictated(40, seed="a")) == 40
    assert dictated(40, seed="a") == dictated(40, seed="a")
    assert dictated(40, seed="a") != dictated(40, seed="b")
    assert dictated(2) == [[], [1]]


@pytest.mark.parametrize(("picks", "expected"), [([], []), ([0, 0], []), ([0, 2, 0], [0, 2])])
def test_zeros_at_the_end_say_nothing(picks: list[int], expected: list[int]):
    assert trimmed(picks) == expected


def test_a_crash_in_a_system_task_is_the_programs_error():
    async def crashes() -> None:
        raise OSError("no store")

    async def main() -> None:
        trio.lowlevel.spawn_system_task(crashes)
        await trio.sleep(1)

    run = run_once(main)
    assert isinstance(run.error, BaseExceptionGroup)
    assert "no store" in repr(run.error)
