"""Timelines as lists: what comes back is what was sent, and what is odd is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import trio

from servicelab.lanes import Timeline
from servicelab.lanes_json import MAX_DEPTH, MAX_ROWS, from_lists, to_lists
from servicelab.layout import MAX_STEPS
from servicelab.schedules import run_once
from servicelab.timeline import Recorder, mark
from servicelab.values import NotPlainError


async def contest() -> None:
    async def runner(seconds: float) -> None:
        with trio.move_on_after(2.5), trio.CancelScope(shield=True):
            await trio.sleep(seconds)
            mark("there")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(runner, 1)
        nursery.start_soon(trio.sleep_forever)
        await trio.sleep(3)
        nursery.cancel_scope.cancel()


def recorded(main: Callable[..., Any], *args: Any) -> Timeline:
    recorder = Recorder("contest")
    run_once(partial(main, *args), instruments=[recorder], max_steps=2_000)
    return recorder.timeline()


def sent(timeline: Timeline) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(to_lists(timeline)))
    return told


def test_a_timeline_comes_back_as_it_was_sent():
    timeline = recorded(contest)
    assert all((timeline.tasks, timeline.scopes, timeline.deliveries, timeline.wakes, timeline.marks))
    assert from_lists(sent(timeline)) == timeline


def test_of_an_endless_run_the_steps_that_are_drawn_are_sent():
    async def spin() -> None:
        while True:
            await trio.lowlevel.checkpoint()

    timeline = recorded(spin)
    back = from_lists(sent(timeline))
    assert (len(timeline.segments) > MAX_ROWS, len(back.segments)) == (True, MAX_STEPS)
    assert drawing(back) == drawing(timeline)


def test_a_long_run_in_which_time_passes_is_refused():
    async def polls() -> None:
        while True:  # noqa: ASYNC110  # what a student may write
            await trio.sleep(0.01)

    with pytest.raises(NotPlainError, match=r"^expected a list of at most 1,000, not "):
        from_lists(sent(recorded(polls)))


def drawing(timeline: Timeline) -> str:
    return re.sub(r"(?s)<desc>.*?</desc>", "", timeline.svg())


def chain(told: dict[str, Any]) -> None:
    task = told["tasks"][1]
    told["tasks"] = [
        told["tasks"][0],
        *([place, task[1], place - 1, 0, *task[4:]] for place in range(1, MAX_DEPTH + 2)),
    ]


def put(part: str, row: int, column: int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(told: dict[str, Any]) -> None:
        told[part][row][column] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.pop("wakes"),
        lambda told: told.update(more=[]),
        lambda told: told.update(tasks={"0": []}),
        lambda told: told.update(tasks=[]),
        lambda told: told.update(segments=told["segments"] * MAX_ROWS),
        lambda told: told.update(steps=True),
        lambda told: told.update(steps=10**400),
        lambda told: told.update(end_s=float("nan")),
        lambda told: told.update(end_s=float("inf")),
        lambda told: told.update(end_s=-1.0),
        lambda told: told["tasks"][1].append(0),
        chain,
        put("tasks", 1, 0, 0),
        put("tasks", 1, 1, "x" * 1_000),
        put("tasks", 1, 1, ["runner"]),
        put("tasks", 1, 2, 1),
        put("tasks", 1, 2, 2),
        put("tasks", 1, 2, None),
        put("tasks", 1, 2, False),
        put("segments", 0, 0, 99),
        put("segments", 0, 0, -1),
        put("segments", 0, 1, "<script>"),
        put("segments", 0, 2, "0"),
        put("scopes", 0, 8, 3),
        put("scopes", 0, 6, 1),
        put("wakes", 0, 4, "sleep"),
        put("deliveries", 0, 1, 1e300),
    ],
)
def test_what_is_odd_is_refused(change: Callable[[dict[str, Any]], object]):
    told = sent(recorded(contest))
    change(told)
    with pytest.raises(NotPlainError, match=r"^expected "):
        from_lists(told)


@pytest.mark.parametrize("told", [None, 1, "timeline", [], {}])
def test_what_is_no_timeline_at_all_is_refused(told: object):
    with pytest.raises(NotPlainError, match=r"^expected the parts of a timeline$"):
        from_lists(told)
