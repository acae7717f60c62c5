from __future__ import annotations

import ast
import inspect
from math import inf
from typing import Any

import pytest
import trio
import trio.testing

from servicelab import _trio
from servicelab.places import short_name
from servicelab.schedules import run_once
from servicelab.timeline import MAX_RECORDED, Recorder, Timeline, mark


def record(main: Any, *args: Any, picks: tuple[int, ...] = (), max_steps: int = 2000) -> Timeline:
    recorder = Recorder(main_name="main")
    run_once(main, *args, picks=picks, instruments=[recorder], max_steps=max_steps)
    return recorder.timeline()


def kinds(timeline: Timeline, task: str) -> list[str]:
    index = next(shown.index for shown in timeline.tasks if shown.name == task)
    waits = (segment for segment in timeline.segments if segment.task == index)
    return [segment.kind for segment in waits if segment.kind != "run" and segment.end_s > segment.start_s]


def ends(timeline: Timeline) -> dict[str, str]:
    return {task.name: task.ended for task in timeline.tasks}


# --- programs ---
async def gathers() -> None:
    async def fetch(name: str, seconds: float) -> None:
        await trio.sleep(seconds)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(fetch, "users", 2)
        nursery.start_soon(fetch, "orders", 3)


async def races() -> None:
    async def fast() -> None:
        await trio.sleep(1)

    async def slow() -> None:
        try:
            await trio.sleep(5)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(0.5)

    async with trio.open_nursery() as nursery:

        async def contest(fn: Any) -> None:
            await fn()
            nursery.cancel_scope.cancel()

        nursery.start_soon(contest, slow)
        nursery.start_soon(contest, fast)


async def pipes() -> None:
    send, receive = trio.open_memory_channel[int](0)

    async def produce() -> None:
        async with send:
            for item in range(2):
                await send.send(item)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        async for item in receive:
            mark(f"got {item}")
            await trio.sleep(1)


async def contends() -> None:
    lock, limiter = trio.Lock(), trio.CapacityLimiter(1)

    async def worker() -> None:
        async with limiter:
            await trio.sleep(1)
        async with lock:
            await trio.sleep(2)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker)
        nursery.start_soon(worker)


async def nests() -> None:
    async def server(name: str) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 2)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(server, "a")


async def times_out() -> None:
    with trio.move_on_after(2):
        await trio.sleep_forever()
    with trio.move_on_after(9):
        await trio.sleep(1)
    with trio.fail_after(0.5):
        await trio.Event().wait()


async def fails() -> None:
    async def broken() -> None:
        await trio.sleep(1)
        raise OSError("replica down")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(broken)
        nursery.start_soon(trio.sleep, 3)


async def loses_an_update() -> None:
    store = {"n": 0}

    async def add(who: str) -> None:
        value = store["n"]
        mark(f"read {value}")
        await trio.lowlevel.checkpoint()
        store["n"] = value + 1
        mark(f"wrote {value + 1}")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(add, "ada")
        nursery.start_soon(add, "bob")


async def deadlocks() -> None:
    first, second = trio.Lock(), trio.Lock()

    async def takes(one: trio.Lock, other: trio.Lock) -> None:
        async with one:
            await trio.sleep(1)
            async with other:
                pass

    async with trio.open_nursery() as nursery:
        nursery.start_soon(takes, first, second)
        nursery.start_soon(takes, second, first)


async def spins() -> None:
    while True:
        await trio.lowlevel.checkpoint()


TOLD = {
    gathers: """\
3 tasks, 3 virtual s, 6 steps
main                 0-3 s   returned   waits for children 0-3
  fetch(users, 2)    0-2 s   returned   sleep 0-2
  fetch(orders, 3)   0-3 s   returned   sleep 0-3""",
    races: """\
3 tasks, 1.5 virtual s, 7 steps
main              0-1.5 s   returned    nursery 0-1.5 (cancelled by contest(fast)) | waits for children 0-1.5
  contest(slow)   0-1.5 s   Cancelled   sleep 0-1 | Cancelled at 1 s: cancelled by contest(fast) | \
cancel scope 1-1.5 (shield) | sleep 1-1.5
  contest(fast)   0-1 s     returned    sleep 0-1""",
    pipes: """\
2 tasks, 2 virtual s, 10 steps
main        0-2 s   returned   "got 0" at 0 s | sleep 0-1 | "got 1" at 1 s | sleep 1-2
  produce   0-1 s   returned   send 0-1""",
    contends: """\
3 tasks, 5 virtual s, 12 steps
main         0-5 s   returned   waits for children 0-5
  worker 1   0-3 s   returned   sleep 0-1 | sleep 1-3
  worker 2   0-5 s   returned   lock 0-1 | sleep 1-2 | lock 2-3 | sleep 3-5""",
    nests: """\
4 tasks, 3 virtual s, 9 steps
main           0-3 s   returned   waits for children 0-3
  server(a)    0-3 s   returned   waits for children 0-1 | waits for children 1-3
    sleep(1)   0-1 s   returned   sleep 0-1
    sleep(2)   1-3 s   returned   sleep 1-3""",
    times_out: """\
1 task, 3.5 virtual s, 4 steps
main   0-3.5 s   TooSlowError   cancel scope 0-2 (deadline 2 s passed) | sleep 0-2 | \
Cancelled at 2 s: deadline 2 s passed | cancel scope 2-3 (deadline 11 s) | sleep 2-3 | \
cancel scope 3-3.5 (deadline 3.5 s passed) | event 3-3.5 | Cancelled at 3.5 s: deadline 3.5 s passed""",
    fails: """\
3 tasks, 1 virtual s, 6 steps
main         0-1 s   ExceptionGroup of OSError: replica down   nursery 0-1 (broken raised OSError) | \
waits for children 0-1
  broken     0-1 s   OSError: replica down                     sleep 0-1
  sleep(3)   0-1 s   Cancelled                                 sleep 0-1 | Cancelled at 1 s: broken raised OSError""",
    loses_an_update: """\
3 tasks, 0 virtual s, 6 steps
main         steps 0-5   returned   runs 0 | waits for children 1-4 | runs 5
  add(ada)   steps 1-3   returned   runs 1 | "read 0" at step 1 | runs 3 | "wrote 1" at step 3
  add(bob)   steps 1-4   returned   runs 2 | "read 0" at step 2 | runs 4 | "wrote 1" at step 4""",
    deadlocks: """\
3 tasks, 1 virtual s, 7 steps
main        from 0 s   never ended   waits for children from 0 s for ever
  takes 1   from 0 s   never ended   sleep 0-1 | lock from 1 s for ever
  takes 2   from 0 s   never ended   sleep 0-1 | lock from 1 s for ever""",
}


@pytest.mark.parametrize("program", TOLD, ids=lambda program: program.__name__)
def test_text_tells_what_every_task_did(program: Any) -> None:
    assert record(program).text() == TOLD[program]


@pytest.mark.parametrize("program", TOLD, ids=lambda program: program.__name__)
def test_the_same_schedule_gives_the_same_timeline(program: Any) -> None:
    assert record(program) == record(program)


def test_a_plain_trio_run_is_recorded_under_the_name_of_its_main_function() -> None:
    recorder = Recorder()
    clock = trio.testing.MockClock(autojump_threshold=0)
    trio.run(gathers, clock=clock, instruments=[recorder])
    assert sorted(ends(recorder.timeline())) == ["fetch(orders, 3)", "fetch(users, 2)", "gathers"]


def test_times_count_from_the_start_of_the_run() -> None:
    async def main() -> None:
        with trio.move_on_after(2):
            await trio.sleep(1)

    clock = trio.testing.MockClock(autojump_threshold=0)
    clock.jump(500)
    recorder = Recorder()
    trio.run(main, clock=clock, instruments=[recorder])
    timeline = recorder.timeline()
    assert (timeline.end_s, timeline.scopes[0].deadline_s) == (1, 2)


def test_a_wait_names_the_innermost_line_of_the_students_code() -> None:
    source, first = inspect.getsourcelines(contends)
    line = first + next(number for number, code in enumerate(source) if "with lock" in code)
    waits = [segment for segment in record(contends).segments if segment.kind == "lock" and segment.end_s > 1]
    assert {(wait.function, wait.waits_for, wait.line) for wait in waits} >= {("worker", "a lock", line)}


def test_a_wait_inside_a_comprehension_belongs_to_the_function_around_it() -> None:
    async def main() -> None:
        send, receive = trio.open_memory_channel[int](0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send.send, 1)
            assert [await receive.receive() for _ in range(1)] == [1]

    timeline = record(main, picks=(1,))
    assert {segment.function for segment in timeline.segments if segment.kind == "receive"} == {"main"}


def test_a_wait_inside_an_async_generator_is_found() -> None:
    async def ticks() -> Any:
        await trio.sleep(1)
        yield 1

    async def main() -> None:
        async for _ in ticks():
            pass

    assert [(s.kind, s.function) for s in record(main).segments if s.kind == "sleep"] == [("sleep", "ticks")]


def test_every_kind_of_wait_is_recognised() -> None:
    async def main() -> None:
        send, _receive = trio.open_memory_channel[int](0)
        condition, semaphore, lot = trio.Condition(), trio.Semaphore(0), trio.lowlevel.ParkingLot()

        async def waits(condition: trio.Condition) -> None:
            async with condition:
                await condition.wait()

        async with trio.open_nursery() as nursery:
            nursery.cancel_scope.deadline = 1
            nursery.start_soon(send.send, 1)
            nursery.start_soon(trio.open_memory_channel[int](0)[1].receive)
            nursery.start_soon(waits, condition)
            nursery.start_soon(trio.Event().wait)
            nursery.start_soon(semaphore.acquire)
            nursery.start_soon(trio.CapacityLimiter(0).acquire)
            nursery.start_soon(lot.park)
            nursery.start_soon(trio.sleep_forever)

    timeline = record(main)
    seen = [kind for task in timeline.tasks[1:] for kind in kinds(timeline, task.name)]
    assert seen == ["send", "receive", "event", "event", "lock", "lock", "event", "sleep"]


def test_the_cancelled_that_ends_a_sleep_is_not_told() -> None:
    assert record(gathers).deliveries == ()


def test_a_cancellation_that_arrives_with_the_end_of_a_sleep_has_its_own_cause() -> None:
    async def main() -> None:
        async def broken() -> None:
            await trio.sleep(1)
            raise ValueError

        async with trio.open_nursery() as nursery:
            nursery.start_soon(broken)
            nursery.start_soon(trio.sleep, 1, name="other")

    assert [delivery.cause for delivery in record(main).deliveries] == ["broken raised ValueError"]


def test_a_deadline_of_an_outer_task_names_that_task() -> None:
    async def main() -> None:
        with trio.move_on_after(2):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)

    assert [delivery.cause for delivery in record(main).deliveries][-1] == "deadline 2 s of main passed"


def test_a_nursery_whose_block_fails_says_so() -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 3)
            await trio.sleep(1)
            raise KeyError("x")

    assert [scope.cause for scope in record(main).scopes] == ["the nursery's block failed"]


def test_a_task_cancelled_by_itself_names_nobody() -> None:
    async def main() -> None:
        with trio.CancelScope() as scope:
            scope.cancel()
            await trio.sleep(1)

    assert [(d.at_s, d.cause) for d in record(main).deliveries] == [(0, "cancelled by hand")]


def test_scopes_without_anything_to_tell_are_left_out() -> None:
    async def main() -> None:
        with trio.CancelScope():
            await trio.sleep(1)

    assert record(main).scopes == ()


def test_wake_arrows_go_from_the_task_that_woke_to_the_one_that_runs() -> None:
    wakes = [wake for wake in record(races).wakes if wake.kind != "start"]
    assert [(wake.source, wake.target, wake.at_s, wake.kind) for wake in wakes] == [
        (2, 1, 1, "cancel"),
        (1, 0, 1.5, "wake"),
    ]


def test_the_end_of_a_hopeless_run_is_not_drawn() -> None:
    timeline = record(deadlocks)
    assert set(ends(timeline).values()) == {"never ended"}
    assert timeline.deliveries == ()


def test_an_endless_run_ends_in_tasks_that_are_ready_for_ever() -> None:
    timeline = record(spins, max_steps=50)
    assert [segment.kind for segment in timeline.segments if segment.open] == ["ready"]


def test_a_frozen_recorder_records_nothing_more() -> None:
    recorder = Recorder()

    async def main() -> None:
        await trio.sleep(1)
        recorder.freeze()
        await trio.sleep(5)

    run_once(main, instruments=[recorder])
    assert recorder.timeline().end_s == 0


def test_of_a_very_long_run_the_beginning_is_recorded() -> None:
    recorder = Recorder()

    async def main() -> int:
        for _ in range(MAX_RECORDED + 10):
            await trio.sleep(1)
        return 7

    assert run_once(main, instruments=[recorder]).value == 7
    shown = recorder.timeline()
    assert (shown.steps, shown.end_s) == (MAX_RECORDED, MAX_RECORDED - 1)
    assert [flag.text for flag in shown.marks] == ["recorded until here"]


def test_a_timeline_can_be_taken_in_the_middle_of_a_run() -> None:
    recorder = Recorder()
    taken: list[Timeline] = []

    async def main() -> None:
        await trio.sleep(1)
        await trio.sleep(1)
        taken.append(recorder.timeline())
        await trio.sleep(5)

    run_once(main, instruments=[recorder])
    assert [(part.end_s, part.tasks[0].ended) for part in taken] == [(1, "never ended")]


def test_servicelabs_own_helper_tasks_are_hidden_and_their_children_are_not() -> None:
    source = """
async def _watches(nursery):
    import trio
    nursery.start_soon(trio.sleep, 1)
    async with trio.open_nursery() as inner:
        inner.start_soon(trio.sleep, 2)
"""
    namespace: dict[str, Any] = {"__name__": "servicelab.helper"}
    exec(compile(ast.parse(source), "helper.py", "exec"), namespace)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(namespace["_watches"], nursery)

    assert [(task.name, task.parent) for task in record(main).tasks] == [
        ("main", None),
        ("sleep(1)", 0),
        ("sleep(2)", 0),
    ]


def test_system_tasks_are_hidden() -> None:
    async def main() -> None:
        trio.lowlevel.spawn_system_task(trio.sleep, 1)
        await trio.sleep(2)

    assert len(record(main).tasks) == 1


def test_a_task_begun_with_nursery_start_belongs_to_that_nursery() -> None:
    async def serve(task_status: Any) -> None:
        await trio.sleep(1)
        task_status.started()
        await trio.sleep(1)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(serve)

    timeline = record(main)
    assert [(task.name, task.parent, task.nursery) for task in timeline.tasks] == [
        ("main", None, None),
        ("serve", 0, 0),
    ]
    assert kinds(timeline, "main") == ["children", "children"]


def test_names_tell_siblings_apart_and_run_no_code_of_the_student() -> None:
    class Loud:
        def __repr__(self) -> str:
            raise AssertionError("called")

        __str__ = __repr__

    async def worker(number: int, loud: Loud) -> None:
        pass

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(worker, 1, Loud())
            nursery.start_soon(worker, 2, Loud())
            nursery.start_soon(worker, 2, Loud())

    assert [task.name for task in record(main).tasks] == ["main", "worker(1)", "worker(2) 1", "worker(2) 2"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("lab.race.<locals>.contest", "contest"),
        ("lab.<lambda>", "lambda"),
        ("<lab.Job object at 0x7f00>", "Job"),
        ("<script>", "<script>"),
    ],
)
def test_short_names(name: str, shown: str) -> None:
    assert short_name(name) == shown


def test_an_error_whose_text_cannot_be_made_is_told_by_its_type() -> None:
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    async def main() -> None:
        raise BrokenError

    assert record(main).tasks[0].error == "BrokenError"


def test_addresses_do_not_get_into_a_timeline() -> None:
    async def main() -> None:
        mark(repr(object()))
        raise ValueError(object())

    timeline = record(main)
    assert (timeline.marks[0].text, timeline.tasks[0].error) == ("<object object>", "ValueError: <object object>")


def test_mark_does_nothing_without_a_recorder_or_a_run() -> None:
    async def main() -> None:
        mark("nobody sees it")

    mark("nobody sees it")
    trio.run(main)


def test_recording_does_not_change_the_run() -> None:
    for program in TOLD:
        plain, recorded = run_once(program), run_once(program, instruments=[Recorder()])
        assert (plain.trace, plain.end_s, plain.steps) == (recorded.trace, recorded.end_s, recorded.steps)


def test_recording_does_not_cancel_a_scope_whose_deadline_is_now() -> None:
    reached = []

    async def main() -> None:
        with trio.CancelScope() as scope:
            await trio.sleep(1)
            scope.deadline = trio.current_time()
            await trio.lowlevel.cancel_shielded_checkpoint()
            reached.append(scope._cancel_called)

    run_once(main)
    run_once(main, instruments=[Recorder()])
    assert reached[0] == reached[1]


# --- trio's privates: each of these fails first when trio renames something ---
def test_privates_tell_scopes_and_deliveries() -> None:
    told: list[Any] = []

    class Looks(trio.abc.Instrument):
        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            if _trio.delivered(task) is not None:
                scope = _trio.cancelling_scope(task)
                assert scope is not None
                told.append((scope is outer, _trio.cancel_source(scope), len(_trio.open_scopes(task))))

        def task_exited(self, task: trio.lowlevel.Task) -> None:
            told.append(type(_trio.error_at_exit(task)).__name__)

    outer = trio.CancelScope(deadline=inf)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 0)
            with outer, trio.CancelScope():
                outer.cancel()
                await trio.sleep_forever()
        raise KeyError

    with pytest.raises(KeyError):
        trio.run(main, instruments=[Looks()])
    assert (True, "explicit", 3) in told
    assert "KeyError" in told
    assert "NoneType" in told
