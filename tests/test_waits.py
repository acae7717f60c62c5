"""Who waits where, and for how long, in virtual time."""

from __future__ import annotations

import trio

from servicelab import run
from servicelab.waits import block_profile, named, task_tree, watch_waits


async def uses(limiter, seconds=2):
    async with limiter:
        await trio.sleep(seconds)


def seen(rows, kind):
    return [
        (row["name"], row["place"].split(":")[0], row["count"], row["seconds"]) for row in rows if row["kind"] == kind
    ]


def test_the_block_profile_adds_up_the_waits_of_each_place():
    async def main():
        watch_waits()
        limiter = named(trio.CapacityLimiter(1), "database")
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(uses, limiter)
        return block_profile()

    rows = run(main, draw=False)
    assert seen(rows, "limiter") == [("database", "uses", 2, 6.0)]  # 2 s and 4 s
    assert seen(rows, "sleep") == [("", "uses", 3, 6.0)]
    assert seen(rows, "children") == [("", "main", 1, 6.0)]


def test_semaphores_and_locks_have_names_and_kinds_of_their_own():
    async def main():
        watch_waits()
        async with trio.open_nursery() as nursery:
            for thing in (named(trio.Semaphore(1), "slots"), named(trio.Lock(), "ledger"), trio.CapacityLimiter(1)):
                nursery.start_soon(uses, thing)
                nursery.start_soon(uses, thing)
        return block_profile()

    rows = run(main, draw=False)
    assert [seen(rows, kind) for kind in ("semaphore", "lock", "limiter")] == [
        [("slots", "uses", 1, 2.0)],
        [("ledger", "uses", 1, 2.0)],
        [("", "uses", 1, 2.0)],
    ]


def test_a_wait_that_goes_on_counts_up_to_now():
    async def main():
        watch_waits()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.start_soon(uses, trio.CapacityLimiter(1), 100)
            await trio.sleep(5)
            rows = block_profile()
            nursery.cancel_scope.cancel()
        return rows

    assert ("", "uses", 1, 5.0) in seen(run(main, draw=False), "sleep")


def test_the_task_tree_tells_parent_nursery_place_and_time():
    async def parent():
        async with trio.open_nursery() as first, trio.open_nursery() as second:
            first.start_soon(child)
            second.start_soon(child)

    async def child():
        await trio.sleep_forever()

    async def main():
        watch_waits()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(parent)
            await trio.sleep(3)
            rows = task_tree()
            nursery.cancel_scope.cancel()
        return rows

    rows = run(main, draw=False)
    children = [row for row in rows if row["task"].endswith("child")]
    assert [row["nursery"] for row in children] == [1, 2]
    assert {row["parent"].rpartition(".")[2] for row in children} == {"parent"}
    assert {(row["where"].partition(":")[0], row["waits_for"], row["waiting_s"]) for row in children} == {
        ("child", "sleep", 3.0)
    }
    running = [row for row in rows if row["waits_for"] == "nothing: it runs"]
    assert [row["waiting_s"] for row in running] == [None]


def test_what_began_before_anybody_looked_counts_from_there():
    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            await trio.sleep(10)
            task_tree()
            await trio.sleep(1)
            waiting = [row["waiting_s"] for row in task_tree() if "sleep_forever" in row["task"]]
            nursery.cancel_scope.cancel()
        return waiting

    assert run(main, draw=False) == [1.0]


def test_there_is_one_who_looks_in_a_run():
    async def main():
        return watch_waits() is watch_waits()

    assert run(main, draw=False)
    assert trio.run(main)
