"""Threads are part of a watched run: its virtual time waits for them, and the same picks give the same run."""

from __future__ import annotations

import threading
import time

import pytest
import trio

from servicelab import threads
from servicelab.schedules import dictated, run_once


async def ticker(ticks: list[float]) -> None:
    while True:
        ticks.append(trio.current_time())
        await trio.sleep(1)


def test_a_sleep_in_a_thread_takes_virtual_time():
    async def main() -> float:
        await trio.to_thread.run_sync(time.sleep, 3600)
        return trio.current_time()

    began = time.perf_counter()
    run = run_once(main)
    assert (run.value, run.problems) == (3600, ())
    assert time.perf_counter() - began < 5


def test_the_loop_runs_on_while_a_thread_sleeps():
    async def main() -> list[float]:
        ticks: list[float] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ticker, ticks)
            await trio.to_thread.run_sync(time.sleep, 2.5)
            nursery.cancel_scope.cancel()
        return ticks

    assert run_once(main).value == [0, 1, 2]


def test_the_clock_does_not_jump_while_a_thread_works():
    def works() -> int:
        return sum(range(200_000))

    async def main() -> tuple[float, bool]:
        with trio.move_on_after(0.001) as scope:
            await trio.to_thread.run_sync(works, abandon_on_cancel=True)
        return trio.current_time(), scope.cancelled_caught

    assert run_once(main).value == (0, False)


async def three_callers() -> list[tuple[float, bool, int]]:
    """Three callers, one token, a thread that is left behind."""
    limiter, seen = trio.CapacityLimiter(1), []

    async def caller(seconds: float) -> None:
        with trio.move_on_after(2) as scope:
            await trio.to_thread.run_sync(time.sleep, seconds, limiter=limiter, abandon_on_cancel=True)
        seen.append((trio.current_time(), scope.cancelled_caught, int(limiter.borrowed_tokens)))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(caller, 5)
        await trio.sleep(0.5)
        nursery.start_soon(caller, 1)
        await trio.sleep(3.5)
        nursery.start_soon(caller, 0.5)
    return seen


def test_threads_do_not_disturb_the_schedule():
    for picks in dictated(40):
        run, again = run_once(three_callers, picks=picks), run_once(three_callers, picks=picks)
        assert run.value == [(2, True, 1), (2.5, True, 1), (5.5, False, 0)]
        assert (run.problems, run.trace) == ((), again.trace)


def test_a_thread_of_ones_own_is_part_of_the_run_too():
    async def main() -> float:
        done, token = trio.Event(), trio.lowlevel.current_trio_token()

        def works() -> None:
            time.sleep(7)
            token.run_sync_soon(done.set)

        threading.Thread(target=works).start()
        with trio.move_on_after(60):
            await done.wait()
        return trio.current_time()

    assert [run_once(main, picks=picks).value for picks in dictated(10)] == [7] * 10


def test_a_thread_of_trios_lowest_level_is_part_of_the_run_too():
    async def main() -> float:
        done, token = trio.Event(), trio.lowlevel.current_trio_token()
        trio.lowlevel.start_thread_soon(lambda: time.sleep(7), lambda _: token.run_sync_soon(done.set))
        await done.wait()
        return trio.current_time()

    assert [run_once(main).value for _ in range(3)] == [7] * 3


def test_a_thread_that_waits_for_the_run_does_not_stop_it(monkeypatch):
    monkeypatch.setattr(threads, "PATIENCE_S", 0.02)
    opened = threading.Event()

    async def main() -> float:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, opened.wait)
            await trio.sleep(3)
            opened.set()
        return trio.current_time()

    assert run_once(main).value == 3


def test_a_thread_may_call_back():
    async def main() -> tuple[str, float]:
        return await trio.to_thread.run_sync(trio.from_thread.run_sync, lambda: "hello"), trio.current_time()

    assert run_once(main).value == ("hello", 0)


def test_a_thread_left_behind_ends_with_the_run():
    begun, ended = threading.Event(), []

    def works() -> None:
        try:
            begun.set()
            while True:
                time.sleep(1)
        finally:
            ended.append(threading.current_thread())

    async def main() -> None:
        with trio.move_on_after(2.5):
            await trio.to_thread.run_sync(works, abandon_on_cancel=True)

    run = run_once(main)
    assert (run.error, run.end_s, begun.is_set()) == (None, 2.5, True)
    limit = time.monotonic() + 5
    while not ended and time.monotonic() < limit:
        threading.Event().wait(0.001)
    assert len(ended) == 1


def test_a_loop_that_waits_for_its_thread_is_not_stuck_for_ever(monkeypatch):
    monkeypatch.setattr(threads, "STUCK_S", 0.02)

    async def main() -> float:
        thread = threading.Thread(target=time.sleep, args=(60,))
        thread.start()
        thread.join(5)
        return trio.current_time()

    assert run_once(main).value == 0


def test_another_trio_may_start_beside_the_run():
    values = []

    async def main() -> None:
        thread = threading.Thread(target=lambda: values.append(trio.run(trio.sleep, 0)))
        thread.start()
        await trio.to_thread.run_sync(thread.join, 5)

    assert run_once(main).error is None
    assert values == [None]


@pytest.mark.parametrize("seconds", [0, 0.001])
def test_outside_of_a_run_threads_are_as_ever(seconds):
    thread = threading.Thread(target=time.sleep, args=(seconds,))
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    assert trio.run(trio.to_thread.run_sync, time.sleep, seconds) is None


def test_a_check_may_ask_for_threads_in_real_time():
    def work() -> float:
        began = time.perf_counter()
        time.sleep(0.02)
        return time.perf_counter() - began

    async def main() -> float:
        return await trio.to_thread.run_sync(work)

    assert run_once(main, real_threads=True).value >= 0.02
    assert run_once(main).value < 0.02
