"""What no correct program does is seen, whatever the program returns; and canaries for trio's private parts."""

from __future__ import annotations

import contextlib
import re
import time
from time import sleep as bound_early

import pytest
import trio
import trio.testing
from trio._core import _run as trio_run

from servicelab import run as run_shown
from servicelab.schedules import Run, run_once
from servicelab.watch import BlockingCallError


def kinds(run: Run) -> list[str]:
    return [problem.kind for problem in run.problems]


async def swallows() -> None:
    with contextlib.suppress(trio.Cancelled):
        await trio.sleep(60)


async def swallows_in_its_own_scope() -> None:
    with trio.move_on_after(1):
        await swallows()


async def swallows_as_a_child() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(swallows)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()


async def swallows_with_finally_return() -> None:
    async def ends() -> None:
        try:
            await trio.sleep_forever()
        finally:
            return  # noqa: B012  # the mistake that is looked for

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ends)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("main", [swallows_in_its_own_scope, swallows_as_a_child, swallows_with_finally_return])
def test_a_swallowed_cancellation_is_seen(main):
    assert kinds(run_once(main)) == ["swallowed"]


async def moves_on() -> None:
    with trio.move_on_after(1) as scope:
        await trio.sleep(60)
    assert scope.cancelled_caught


async def cleans_up_shielded() -> None:
    async def child() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(3)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(child)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()


async def turns_it_into_another_error() -> None:
    try:
        with trio.CancelScope(deadline=1):
            try:
                await trio.sleep_forever()
            finally:
                raise OSError("closed")
    except OSError:
        pass


async def inner_scope_then_outer() -> None:
    async def child() -> None:
        with trio.move_on_after(1):
            await trio.sleep_forever()
        await trio.sleep(1)

    with trio.move_on_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(child)
            nursery.start_soon(trio.sleep_forever)


async def outer_and_inner_at_the_same_time() -> None:
    with trio.move_on_after(1):
        with trio.move_on_after(1):
            await trio.sleep_forever()


@pytest.mark.parametrize(
    "main",
    [
        moves_on,
        cleans_up_shielded,
        turns_it_into_another_error,
        inner_scope_then_outer,
        outer_and_inner_at_the_same_time,
    ],
)
@pytest.mark.parametrize("picks", [[], [1], [0, 1], [1, 1, 1]])
def test_honest_cancellation_is_no_problem(main, picks):
    assert kinds(run_once(main, picks=picks)) == []


@pytest.mark.parametrize("call", [lambda: time.sleep(5), lambda: bound_early(0) or time.sleep(0.5)])
def test_a_blocking_call_is_refused_and_seen(call):
    async def main() -> None:
        call()

    run = run_once(main)
    assert kinds(run) == ["blocked"]
    assert isinstance(run.error, BlockingCallError)


def test_a_thread_may_block():
    async def main() -> None:
        await trio.to_thread.run_sync(time.sleep, 0.01)

    assert kinds(run_once(main)) == []


def test_outside_a_run_sleep_is_sleep():
    started = time.perf_counter()
    time.sleep(0.01)
    assert time.perf_counter() - started >= 0.01


async def waits_for_ever() -> None:
    await trio.Event().wait()


async def waits_for_ever_shielded() -> None:
    with trio.CancelScope(shield=True):
        await trio.Event().wait()


async def swallows_every_cancellation() -> None:
    while True:
        try:
            await trio.sleep_forever()
        except BaseException:  # the mistake that is looked for
            continue


@pytest.mark.parametrize("main", [waits_for_ever, waits_for_ever_shielded])
def test_a_deadlock_ends_and_names_who_waits(main):
    run = run_once(main)
    assert kinds(run) == ["deadlock"]
    assert f"`{main.__name__}`" in run.problems[0].text


def test_a_deadlock_in_a_comprehension_names_the_function_around_it():
    async def collects() -> list[None]:
        return [await trio.Event().wait() for _ in range(2)]

    assert "`collects` in line" in run_once(collects).problems[0].text


def test_a_deadlock_of_many_names_each_place_once():
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(waits_for_ever)

    text = run_once(main).problems[0].text
    assert text.count("`waits_for_ever`") == 1
    assert "(20 tasks)" in text


async def spins() -> None:
    while True:
        await trio.lowlevel.checkpoint()


async def spins_on() -> None:
    while True:
        with contextlib.suppress(BaseException):
            await trio.lowlevel.checkpoint()


async def ticks() -> None:
    while True:  # noqa: ASYNC110  # the mistake that is looked for
        await trio.sleep(1000)


@pytest.mark.parametrize("main", [spins, spins_on, ticks])
@pytest.mark.filterwarnings("error")
def test_what_never_ends_is_ended(main):
    assert kinds(run_once(main, max_steps=2000)) == ["endless"]


def test_after_a_run_that_was_given_up_the_next_is_clean():
    run_once(spins_on, max_steps=500)
    assert run_once(moves_on).problems == ()


async def leaves_a_task() -> None:
    trio.lowlevel.spawn_system_task(trio.sleep, 5)


def test_a_task_left_behind_is_seen():
    run = run_once(leaves_a_task)
    assert kinds(run) == ["leak"]
    assert "`sleep`" in run.problems[0].text


class NeverLeft:
    """A context manager that enters a nursery and does not leave it."""

    async def __aenter__(self) -> None:
        nursery = await trio.open_nursery().__aenter__()
        nursery.start_soon(trio.sleep, 5)

    async def __aexit__(self, *error: object) -> None:
        await trio.lowlevel.checkpoint()


async def never_leaves() -> None:
    async with NeverLeft():
        pass
    raise ValueError("what came of it")


async def never_leaves_in_a_child() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(never_leaves)


@pytest.mark.parametrize("main", [never_leaves, never_leaves_in_a_child])
@pytest.mark.filterwarnings("error")
def test_a_nursery_that_is_entered_and_never_left_is_seen(main):
    run = run_once(main)
    told = (
        "`never_leaves` ended, and a nursery that it had entered was never left, with `sleep` still in it: "
        "whoever awaits a nursery's `__aenter__` must await its `__aexit__` as well, also when something is raised "
        "before it (a Cancelled, for instance)"
    )
    assert [(problem.kind, problem.text) for problem in run.problems] == [("nursery", told)]
    with pytest.raises(RuntimeError, match=f"^at 0 s {re.escape(told)}$"):
        run_shown(main)
    assert run_once(moves_on).problems == ()


async def tells_whatever_ends_it() -> None:
    try:
        await trio.sleep(5)
    except Exception as error:
        print(error)


async def never_leaves_a_worker_that_tells() -> None:
    nursery = await trio.open_nursery().__aenter__()
    nursery.start_soon(tells_whatever_ends_it)
    await trio.sleep(1)


def test_what_is_left_of_an_abandoned_run_says_nothing(capsys):
    assert "nursery" in kinds(run_once(never_leaves_a_worker_that_tells))
    assert capsys.readouterr() == ("", "")


def test_a_real_run_goes_on_in_a_thread_beside_a_checked_one():
    async def real() -> float:
        await trio.sleep(0.01)
        return 1.0

    async def main() -> float:
        return await trio.to_thread.run_sync(trio.run, real)

    run = run_once(main)
    assert (run.error, run.value, run.end_s) == (None, 1.0, 0.0)


# --- canaries: trio's private parts are where `watch` and `schedules` expect them ---
@pytest.mark.parametrize(
    ("holder", "name"),
    [
        (trio_run, "_r"),
        (trio_run, "_ALLOW_DETERMINISTIC_SCHEDULING"),
        (trio_run, "GLOBAL_RUN_CONTEXT"),
        (trio_run.Runner, "task_exited"),
        (trio.lowlevel.Task, "_attempt_abort"),
        (trio.CancelScope, "_close"),
        (trio.testing.MockClock, "_autojump"),
    ],
)
def test_trio_still_has(holder, name):
    assert hasattr(holder, name), f"trio {trio.__version__} has no {name}: servicelab/watch.py must be adapted"


def test_canary_one_task_runs_per_step():
    seen: list[int] = []

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(note, number)

    async def note(number: int) -> None:
        seen.append(number)

    run = run_once(main, picks=[2, 1])
    assert run.trace == ((2, 3), (1, 2))
    assert seen == [2, 1, 0]


def test_canary_everything_is_put_back():
    before = trio_run._r, trio.CancelScope._close, trio_run.Runner.task_exited, trio.lowlevel.Task._attempt_abort
    run_once(moves_on)
    after = trio_run._r, trio.CancelScope._close, trio_run.Runner.task_exited, trio.lowlevel.Task._attempt_abort
    assert after == before
