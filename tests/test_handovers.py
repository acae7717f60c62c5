"""What goes through memory channels is recorded where asked, and nothing else changes."""

from __future__ import annotations

from typing import Any

import trio

from servicelab.arrows import shown_wakes
from servicelab.running import last_timeline, run
from servicelab.schedules import run_once
from servicelab.timeline import Handover, Recorder, Timeline

METHODS = [
    trio.MemorySendChannel.send,
    trio.MemorySendChannel.send_nowait,
    trio.MemoryReceiveChannel.receive,
    trio.MemoryReceiveChannel.receive_nowait,
]


def record(main: Any) -> Timeline:
    recorder = Recorder(main_name="main", channels=True)
    run_once(main, instruments=[recorder])
    return recorder.timeline()


def told(timeline: Timeline) -> list[tuple[str, str, float, str | None, float | None]]:
    def name(index: int | None) -> str | None:
        return None if index is None else timeline.tasks[index].name

    return [
        (one.value, str(name(one.source)), one.sent_s, name(one.target), one.received_s) for one in timeline.handovers
    ]


async def late_reader() -> None:
    """Two of three values fit, the sender of the third waits; the reader comes after 2 s and leaves one."""

    async def writes(end: trio.MemorySendChannel[object]) -> None:
        for value in (1, "two", None):
            await end.send(value)

    async def reads(end: trio.MemoryReceiveChannel[object]) -> None:
        await trio.sleep(2)
        await end.receive()
        await trio.sleep(1)
        end.receive_nowait()

    outlet, inlet = trio.open_memory_channel[object](2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(writes, outlet)
        nursery.start_soon(reads, inlet.clone())


def test_each_value_is_told_from_whom_to_whom_and_what_is_left_in_the_buffer() -> None:
    assert told(record(late_reader)) == [
        ("1", "writes", 0, "reads", 2),
        ("two", "writes", 0, "reads", 3),
        ("NoneType", "writes", 0, None, None),
    ]


def test_the_same_in_words_and_as_arrows() -> None:
    timeline = record(late_reader)
    words = timeline.text()
    assert "sends 1 to reads at 0 s" in words
    assert "sends NoneType at 0 s, nobody receives it" in words
    assert "receives two from writes at 3 s" in words
    drawn = timeline.svg()
    assert "writes sends 1 at 0 s\nreads receives it at 2 s" in drawn
    assert "writes sends NoneType at 0 s; nobody receives it" in drawn
    assert drawn == record(late_reader).svg()


def test_a_waiting_receiver_gets_it_at_once_and_the_arrow_is_not_doubled_by_who_woke_it() -> None:
    async def main() -> None:
        outlet, inlet = trio.open_memory_channel[int](0)

        async def reads() -> None:
            await inlet.receive()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(reads)
            await trio.sleep(1)
            outlet.send_nowait(7)

    timeline = record(main)
    assert told(timeline) == [("7", "main", 1, "reads", 1)]
    assert [wake.kind for wake in timeline.wakes if wake.target == 1] == ["start", "wake"]
    assert [wake.target for wake in shown_wakes(timeline)] == [0], "main is woken by the end of its child"


def test_what_a_cancelled_send_took_back_was_never_sent() -> None:
    async def main() -> None:
        outlet, inlet = trio.open_memory_channel[int](0)
        with trio.move_on_after(1):
            await outlet.send(1)
        with trio.move_on_after(1):
            await inlet.receive()

    assert record(main).handovers == ()


def test_equal_values_are_told_apart_and_no_code_of_theirs_is_called() -> None:
    class Loud:
        def __eq__(self, other: object) -> bool:
            raise AssertionError

        def __repr__(self) -> str:
            raise AssertionError

        __hash__ = None  # type: ignore[assignment]

    async def main() -> None:
        first, second = Loud(), Loud()
        outlet, inlet = trio.open_memory_channel[Loud](2)
        await outlet.send(first)
        await trio.sleep(1)
        await outlet.send(second)
        await inlet.receive()
        await inlet.receive()
        with trio.move_on_after(1):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(outlet.send, first)
                nursery.start_soon(outlet.send, second)
                nursery.start_soon(outlet.send, first)

    assert [(one[0], one[2]) for one in told(record(main))][:2] == [("Loud", 0), ("Loud", 1)]


def test_afterwards_channels_are_as_before_whatever_the_run_came_to() -> None:
    async def fails() -> None:
        raise KeyError

    for main in (late_reader, fails, trio.sleep_forever):
        record(main)
        now = [trio.MemorySendChannel.send, trio.MemorySendChannel.send_nowait]
        now += [trio.MemoryReceiveChannel.receive, trio.MemoryReceiveChannel.receive_nowait]
        assert now == METHODS


def test_a_run_shows_it_only_where_asked_and_takes_the_same_steps() -> None:
    run(late_reader)
    plain = last_timeline()
    run(late_reader, channels=True)
    asked = last_timeline()
    assert plain is not None
    assert asked is not None
    assert plain.handovers == ()
    assert asked.handovers[0] == Handover(
        "1", 1, 0, asked.handovers[0].sent_step, 2, 2, asked.handovers[0].received_step
    )
    assert (plain.steps, plain.segments, plain.wakes) == (asked.steps, asked.segments, asked.wakes)
