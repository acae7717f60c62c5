"""A run that failed an open check is replayed for its timeline, and nothing about a replay changes a verdict."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from autograder.proof import Evaluation, Plan, evaluate, make_plan
from autograder.replays import drawn
from autograder.sandbox import Sandbox
from servicelab.lanes import Task, Timeline

from .tiny_course import HIDDEN, cell_of, tiny_notebook

WRONG = """\
async def double(async_fn):
    async def half(seconds):
        await trio.sleep(seconds)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(half, 1)
        nursery.start_soon(half, 2)
    return await async_fn()
"""
OTHERWISE = """
from servicelab import lanes_json

def astuple(row):
    {}

lanes_json.astuple = astuple
"""
COUNTS = "calls = []\n" + WRONG.replace("half, 1)", "half, len(calls))\n        calls.append(1)")


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(unsafe=shutil.which("bwrap") is None) as opened:
        yield opened


@pytest.fixture(scope="module")
def plan(box: Sandbox) -> Plan:
    return make_plan("00-tiny", tiny_notebook(), box, secret="s", schedules=3)


def graded(plan: Plan, box: Sandbox, *code: str) -> Evaluation:
    notebook = tiny_notebook()
    cell_of(notebook, "e1-stub").source = "\n".join(code)
    return evaluate(plan, notebook, box)


def points(found: Evaluation) -> dict[str, float]:
    return {grade_id: verdict.points for grade_id, verdict in found.verdicts.items()}


def test_the_run_that_failed_an_open_check_has_a_timeline(plan: Plan, box: Sandbox):
    found = graded(plan, box, WRONG)
    assert {verdict.status for verdict in found.verdicts.values()} == {"failed"}
    assert HIDDEN.count("### BEGIN HIDDEN TESTS") == 1
    assert found.timelines.keys() == {"0_1-doubles"}
    timeline = found.timelines["0_1-doubles"]
    assert [task.name for task in timeline.tasks] == ["check", "half(1)", "half(2)"]
    assert timeline.end_s == 2
    assert {segment.function for segment in timeline.segments} == {None, "half", "double"}
    data = drawn(timeline)
    assert data is not None
    assert 'role="img"' in data["text/html"]


def test_what_passes_is_not_replayed(plan: Plan, box: Sandbox):
    assert graded(plan, box, "async def double(fn):\n    return 2 * await fn()").timelines == {}


@pytest.mark.parametrize(
    "body",
    [
        "return [1] * 10**6",
        "return [float('nan')] * len(vars(row))",
        "raise RuntimeError",
        "import os; os._exit(0)",
        "import os; os.kill(os.getppid(), 9)",
    ],
)
def test_a_replay_that_goes_wrong_costs_the_timeline_only(plan: Plan, box: Sandbox, body: str):
    found = graded(plan, box, WRONG, OTHERWISE.format(body))
    assert found.timelines == {}
    assert (points(found), found.verdict, found.errors) == (points(graded(plan, box, WRONG)), "ok", {})


def test_where_the_second_run_is_another_one_there_is_no_timeline(plan: Plan, box: Sandbox):
    found = graded(plan, box, COUNTS)
    assert (found.timelines, points(found)) == ({}, points(graded(plan, box, WRONG)))


def test_a_replay_that_hangs_is_ended_and_the_next_check_runs(box: Sandbox):
    hangs = "calls = []\ndef answer():\n    calls.append(1)\n    while len(calls) > 1: pass\n    return 1"
    source = "async def check():\n    _observe(0, answer())\n\nverify(check)"
    request = {"op": "check", "id": "x", "source": source, "schedules": [[]], "seed": "s", "limit_s": 5}

    def further(asked: Any, _reply: Any) -> Any:
        return {**asked, "op": "replay", "only": [0, 0], "limit_s": 0.5} if asked["op"] == "check" else None

    cell = {"op": "cell", "index": 0, "source": hangs, "limit_s": 5}
    result = box.run([cell, {**request, "index": 1}, {**request, "index": 2}], further=further)
    told = [(reply["op"], reply.get("status")) for reply in result.replies]
    assert (result.verdict, told) == ("ok", [("cell", None), *[("check", "done"), ("replay", "timeout")] * 2])


def test_what_cannot_be_drawn_is_left_out():
    tasks = (Task(0, "<b>", None, None, 0.0, 0, 0.0, 1, "returned"),)
    whole = Timeline(tasks, (), (), (), (), (), 1.0, 1)
    data = drawn(whole)
    assert data is not None
    assert "<b>" not in data["text/html"]
    assert drawn(Timeline((), (), (), (), (), (), float("inf"), 1)) is None
