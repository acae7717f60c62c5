"""Looking at a program while it runs. What is real time here is only ever waited for, never measured."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import weakref

import pytest
import trio
import trio.lowlevel

from servicelab import run
from servicelab.sampling import Alarm, Sampler, SignalSampler, profile_of, sample, stack_text


def busy(until):
    while not until():
        sum(range(100))


def test_a_profile_names_the_function_that_computes():
    sampler = Sampler(hz=500)
    sampler.start()
    busy(lambda: sampler.weights)
    profile = sampler.stop()
    assert any(frame.name == "busy" for stack in profile.weights for frame in stack)
    assert profile.total() > 0
    assert profile.duration_s > 0


def test_profile_of_leaves_out_the_frames_around_it():
    def work():
        until = time.thread_time() + 0.1
        busy(lambda: time.thread_time() > until)

    profile = profile_of(work)
    assert all("test_profile_of" not in stack[0].name or "work" in stack[0].name for stack in profile.weights)


def test_a_thread_that_waits_for_input_is_idle():
    async def main():
        return await sample(0.05)

    profile = trio.run(main)
    assert not any("get_events" in frame.name for stack in profile.weights for frame in stack)


def computes_between_calls_of_the_system(until):
    """Give the interpreter's lock away much sooner than every five milliseconds, as a server does."""
    reader, writer = os.pipe()
    while not until():
        computes()
        os.write(writer, b".")
        os.read(reader, 1)
    os.close(reader)
    os.close(writer)


def computes():
    return sum(each * each for each in range(2_000))


def test_a_profile_of_the_main_thread_sees_what_computes_between_calls_of_the_system():
    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, time.sleep, 0.01)  # another thread changes nothing
            until = time.thread_time() + 0.3
            nursery.start_soon(loop, lambda: time.thread_time() > until)
            return await sample(0.2)

    async def loop(until):
        while not until():
            computes_between_calls_of_the_system(until)
            await trio.lowlevel.checkpoint()

    profile = trio.run(main)
    within = sum(weight for stack, weight in profile.weights.items() if any(f.name == "computes" for f in stack))
    assert within > profile.total() / 2


def test_a_profile_of_another_thread_is_taken_from_beside_it():
    async def main():
        return SignalSampler.possible()

    assert trio.run(main)
    found = []
    thread = threading.Thread(target=lambda: found.append(trio.run(main)))
    thread.start()
    thread.join()
    assert found == [False]


def test_two_profiles_at_once_are_both_taken():
    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sample, 0.05)
            await trio.lowlevel.checkpoint()
            return await sample(0.01)

    assert trio.run(main).duration_s > 0
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_sample_takes_trios_time_and_lets_others_go_on():
    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 7)
            await sample(2)
            return trio.current_time()

    assert run(main, draw=False) == 2


@pytest.mark.parametrize("seconds", [0, -1, 61, float("inf"), float("nan")])
def test_sample_refuses_what_is_out_of_bounds(seconds):
    with pytest.raises(ValueError, match=r"^expected more than 0 and at most 60 seconds, not "):
        trio.run(sample, seconds)


def test_a_sample_that_is_cancelled_ends_its_thread():
    async def main():
        with trio.move_on_after(0.01):
            await sample(30)

    trio.run(main)
    assert not [thread for thread in threading.enumerate() if thread.name == "servicelab-sampler"]


def test_the_stack_of_a_thread_is_text_and_empty_when_it_has_ended():
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    assert stack_text(thread.ident or 0) == ""
    assert "test_the_stack_of_a_thread" in stack_text(threading.get_ident())


# --- the alarm ---
def test_an_alarm_rings_once_for_each_start():
    rung = threading.Semaphore(0)
    alarm = Alarm(0.01, rung.release)
    for _ in range(2):
        alarm.start()
        assert rung.acquire(timeout=10)
    assert not rung.acquire(timeout=0.05)


def test_an_alarm_that_is_stopped_does_not_ring():
    rung = []
    alarm = Alarm(30, lambda: rung.append(1))
    alarm.start()
    alarm._rung = None
    alarm.stop()
    alarm._look()
    assert rung == []


def test_a_start_while_the_former_one_rings_is_not_lost():
    """The ring of one step must not take back the alarm of the next."""
    rung = []

    def ring():
        rung.append(len(rung))
        if len(rung) == 1:
            alarm._deadline = 1.0  # the program has begun its next step meanwhile

    alarm = Alarm(0.01, ring)
    alarm._deadline = 0.5
    alarm._look()
    alarm._look()
    alarm._look()
    assert rung == [0, 1]


def test_an_alarm_that_gets_no_function_says_what_is_wrong():
    with pytest.raises(TypeError, match=r"^expected a function for the alarm to call, not None: pass it without"):
        Alarm(0.01, None)  # type: ignore[arg-type]  # what `Alarm(0.01, self.look())` gives


def test_an_alarm_outlives_what_it_calls(caplog):
    alarm = Alarm(0.01, lambda: {}["missing"])
    for deadline in (0.5, 0.6):
        alarm._deadline = deadline
        alarm._look()
    assert caplog.messages == ["the function that the alarm called raised KeyError: 'missing'"] * 2


def test_an_alarm_ends_with_its_object():
    alarm = Alarm(0.01, lambda: None)
    alarm.start()
    thread, gone = alarm._thread, weakref.ref(alarm)
    assert thread is not None
    del alarm
    gc.collect()
    thread.join(10)
    assert gone() is None
    assert not thread.is_alive()
