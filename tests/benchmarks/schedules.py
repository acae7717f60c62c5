"""How many schedules a second a check of three tasks explores, and what recording a run costs."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import trio

from servicelab.schedules import dictated, explore, run_once
from servicelab.timeline import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
RUNS = 400


async def three_tasks() -> None:
    """Three tasks that read, wait for a moment, and write."""
    counts: dict[int, int] = {}

    async def worker(number: int) -> None:
        seen = counts.get(number, 0)
        await trio.lowlevel.checkpoint()
        counts[number] = seen + 1

    async with trio.open_nursery() as nursery:
        for number in range(3):
            nursery.start_soon(worker, number)
    assert counts == {0: 1, 1: 1, 2: 1}


def measure() -> dict[str, object]:
    """Measure plain and recorded runs in turn, and compare the medians.

    Returns:
        `schedules_per_s`: schedules of a three-task check that `explore` runs in a second; the median of the rounds.
        `recording_overhead`: seconds of a recorded run over those of a plain one.
    """
    plain, recorded, explored = [], [], []
    for _ in range(ROUNDS):
        plain.append(_seconds(lambda: _runs(lambda: ())))
        recorded.append(_seconds(lambda: _runs(lambda: (Recorder(),))))
        explored.append(_explored_per_s())
    return {
        "schedules_per_s": round(statistics.median(explored)),
        "recording_overhead": round(statistics.median(recorded) / statistics.median(plain), 2),
    }


def _runs(instruments: Callable[[], tuple[trio.abc.Instrument, ...]]) -> None:
    for picks in dictated(RUNS):
        run_once(three_tasks, picks=picks, instruments=instruments())


def _explored_per_s() -> float:
    """Explore the program, all its schedules, until enough of them have run."""
    runs, started = 0, time.perf_counter()
    while runs < RUNS:
        found = explore(three_tasks, lambda run: run.error is not None, limit=RUNS)
        assert found.complete
        runs += found.runs
    return runs / (time.perf_counter() - started)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
