from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import trio

from servicelab.layout import MAX_STEPS
from servicelab.schedules import run_once
from servicelab.svg import clean, fit, nice_step, size, text_width
from servicelab.timeline import Recorder, Timeline, mark

ROOT = Path(__file__).resolve().parent.parent
SVG = "{http://www.w3.org/2000/svg}"


def working_python(version: str) -> str | None:
    """A Python of that version, if one is installed and starts; a version manager's stand-in may not."""
    if sys.version.startswith(version + "."):
        return sys.executable
    found = shutil.which(f"python{version}")
    return found if found and subprocess.run([found, "-c", "0"], capture_output=True).returncode == 0 else None


def record(main: Any, max_steps: int = 2000) -> Timeline:
    recorder = Recorder(main_name="main")
    run_once(main, instruments=[recorder], max_steps=max_steps)
    return recorder.timeline()


def texts(drawing: str) -> list[str]:
    nodes = ElementTree.fromstring(drawing).iter(f"{SVG}text")
    return [(node.text or "") + "".join(child.tail or "" for child in node) for node in nodes]


def hovers(drawing: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(drawing).iter(f"{SVG}title")]


async def busy() -> None:
    send, receive = trio.open_memory_channel[int](0)
    lock = trio.Lock()

    async def producer(number: int) -> None:
        for item in range(7):
            await trio.sleep(0.15 + 0.05 * number)
            await send.send(item)

    async def worker(number: int) -> None:
        async for _ in receive:
            async with lock:
                await trio.sleep(0.1)

    async def heartbeat() -> None:
        for _ in range(4):
            with trio.move_on_after(0.4):
                await trio.Event().wait()

    with trio.move_on_after(3):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(heartbeat)
            for number in range(4):
                nursery.start_soon(producer, number)
            for number in range(6):
                nursery.start_soon(worker, number)


async def crowd() -> None:
    async with trio.open_nursery() as nursery:
        for number in range(60):
            nursery.start_soon(trio.sleep, number)


async def nothing() -> None:
    pass


async def sleeps() -> None:
    await trio.sleep(2)


async def hostile() -> None:
    async def task() -> None:
        mark("<b>&\"'\x00</b>")
        await trio.sleep(1)
        raise ValueError("</title><script>alert(1)</script>")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(task, name="<script>x</script>")
        nursery.start_soon(task, name="a" * 200)


async def deadlock() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.Event().wait)


async def spin() -> None:
    while True:
        await trio.lowlevel.checkpoint()


async def stops() -> None:
    async def loses() -> None:
        await trio.sleep(5)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(loses)
        with trio.move_on_after(9):
            await trio.sleep(1)
        nursery.cancel_scope.cancel()


PROGRAMS = [busy, crowd, nothing, sleeps, hostile, deadlock, spin, stops]


@pytest.mark.parametrize("axis", ["time", "steps"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_every_drawing_is_well_formed_and_needs_nothing_else(program: Any, axis: str) -> None:
    drawing = record(program).svg(axis=axis)
    root = ElementTree.fromstring(drawing)
    assert (root.tag, root.get("role")) == (f"{SVG}svg", "img")
    assert re.findall(r'<script|\sid=|href|url\(|0x[0-9a-f]{6}|="-?(?:nan|inf)', drawing) == []


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_the_same_run_gives_the_same_bytes(program: Any) -> None:
    assert record(program).svg() == record(program).svg()


@pytest.mark.parametrize("axis", ["time", "steps"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_nothing_is_drawn_outside_the_picture(program: Any, axis: str) -> None:
    root = ElementTree.fromstring(record(program).svg(axis=axis))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("x") is not None:
            right = float(rect.get("x", 0)) + float(rect.get("width", 0))
            bottom = float(rect.get("y", 0)) + float(rect.get("height", 0))
            assert (right <= width, bottom <= height) == (True, True)


def test_a_busy_run_stays_small() -> None:
    timeline = record(busy)
    waits = [segment for segment in timeline.segments if segment.kind not in ("run", "ready")]
    assert (len(timeline.tasks), len(waits) > 100) == (12, True)
    assert len(timeline.svg()) < 60_000


def test_an_endless_run_stays_small_and_says_what_is_left_out() -> None:
    timeline = record(spin, max_steps=20_000)
    drawing = timeline.svg()
    assert f"and {timeline.steps - MAX_STEPS:,} more steps, not drawn" in texts(drawing)
    assert len(drawing) < 60_000


def test_more_than_forty_tasks_are_summed_up() -> None:
    timeline = record(crowd)
    assert "and 21 more tasks: 21 returned" in texts(timeline.svg())
    assert timeline.text().splitlines()[-1] == "and 21 more tasks: 21 returned"


def test_markup_in_names_marks_and_errors_is_shown_as_text() -> None:
    drawing = record(hostile).svg("<i>title</i>")
    shown = texts(drawing)
    assert {"<i>title</i>", "<script>x</script>"} <= set(shown)
    assert [words for words in shown if words.endswith("…") and set(words) == {"a", "…"}] != []
    assert "ValueError: </title><script>alert(1)</script>" in hovers(drawing)


def test_a_run_in_which_no_time_passes_is_drawn_over_steps() -> None:
    assert "scheduler steps" in texts(record(nothing).svg())
    assert "virtual seconds" in texts(record(sleeps).svg())


def test_a_deadlock_says_who_waits_for_ever() -> None:
    shown = texts(record(deadlock).svg())
    assert shown.count("never ended") == 2
    assert "children, for ever" in shown


def test_scopes_show_their_deadline_and_a_cancelled_nursery_its_cause() -> None:
    drawing = record(stops).svg()
    assert {"deadline 9 s", "nursery cancelled by main"} <= set(texts(drawing))
    assert "Cancelled raised in loses at 1 s\ncancelled by main" in hovers(drawing)


def test_hovering_over_a_wait_tells_what_it_waits_for_and_where() -> None:
    line = sleeps.__code__.co_firstlineno + 1
    assert f"main: waits for its time to come\n0-2 s (2 s)\nin sleeps, line {line}" in hovers(record(sleeps).svg())


def test_display_offers_html_and_words() -> None:
    timeline = record(sleeps)
    bundle = timeline._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/plain"]
    assert bundle["text/plain"] == timeline.text()
    assert timeline.svg() in bundle["text/html"]


@pytest.mark.parametrize(("value", "written"), [(0, "0"), (-0.01, "0"), (2.0, "2"), (1.25, "1.2"), (-3.5, "-3.5")])
def test_coordinates(value: float, written: str) -> None:
    assert size(value) == written


@pytest.mark.parametrize(("span", "step"), [(3, 0.5), (10, 1), (2.6, 0.5), (86400, 10000), (0.004, 0.0005)])
def test_axis_steps_are_round(span: float, step: float) -> None:
    assert nice_step(span) == step


def test_words_are_cut_to_a_width() -> None:
    assert (fit("short", 100), fit("rather too long", 40)) == ("short", "rath…")


def test_widths_are_the_same_on_every_python() -> None:
    assert text_width("Cancelled by worker(10) …", 10.5) == 143.64


def test_control_characters_do_not_break_the_drawing() -> None:
    assert clean("a\x00<\ud800>") == "a\ufffd&lt;\ufffd&gt;"


def digest() -> str:
    """What the programs look like, in words and drawn, in one number."""
    shown = [
        recorded.svg(axis=axis) + recorded.text() for recorded in map(record, PROGRAMS) for axis in ("time", "steps")
    ]
    return hashlib.sha256("".join(shown).encode()).hexdigest()


def test_a_hundred_runs_draw_the_same_bytes():
    drawings = {record(busy).svg() + record(busy).text() for _ in range(100)}
    assert len(drawings) == 1


@pytest.mark.parametrize("python", sorted({path for v in ("3.11", "3.12", "3.13") if (path := working_python(v))}))
def test_every_python_that_is_installed_draws_the_same_bytes(python):
    path = os.pathsep.join([str(ROOT / "labs"), str(ROOT), sysconfig.get_path("purelib")])
    command = [python, "-c", "from tests.test_drawing import digest; print(digest())"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env={**os.environ, "PYTHONPATH": path})
    assert (done.stdout.strip(), done.stderr) == (digest(), "")
