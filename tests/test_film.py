"""A run step by step: lines, states and values, the slider, and the same in words."""

from __future__ import annotations

import inspect
import sys

import pytest
import trio

from servicelab import film, stage, verify
from servicelab.film import Camera, Film
from servicelab.replaying import Replay, Stepper
from servicelab.schedules import run_once
from servicelab.verify import filmed, prepare

from . import clicks
from .clicks import Store, racy


def taken(picks=(), check=racy) -> Film:
    return filmed(prepare(check), list(picks))[1]


def line_of(function, words: str) -> int:
    lines, first = inspect.getsourcelines(function)
    return next(first + number for number, line in enumerate(lines) if words in line)


def standing(shown: Film, place: int, name: str) -> film.Standing:
    return next(one for one in shown.shots[place].standings if shown.name(one.task) == name)


def test_each_step_has_a_shot_and_so_has_the_end():
    shown = taken()
    assert [None if shot.goes is None else shown.name(shot.goes) for shot in shown.shots] == [
        "racy",
        *["first", "second"] * 3,
        "racy",
        None,
    ]
    assert [shot.step for shot in shown.shots] == list(range(9))


def test_a_task_stands_in_the_lines_of_its_calls_the_innermost_last():
    lines = [(film.function_of(code), line) for code, line in standing(taken(), 4, "second").lines]
    assert lines == [
        ("RacyCounter.add", line_of(clicks.RacyCounter.add, "store.get")),
        ("Store.get", line_of(Store.get, "checkpoint")),
    ]


def test_states_are_told_apart():
    shown = taken()
    states = {name: standing(shown, 3, name).state for name in ("racy", "first", "second")}
    assert states == {"racy": "waits for the tasks of its nursery", "first": "goes on", "second": "is ready"}
    assert standing(shown, 1, "first").state == "begins"


def test_the_values_that_explain_a_lost_update_are_there():
    shown = taken()
    assert dict(standing(shown, 6, "second").values)["count"] == "0"
    assert dict(standing(shown, 5, "first").values)["value"] == "1"


def test_the_line_that_raised_is_known_at_the_end():
    shown = taken()
    assert shown.fell is not None
    assert shown.fell.line == line_of(racy, "assert")
    assert "✗ raised here" in stage.page(shown, shown.shots[-1], stage.blocks(shown))
    assert "✗ raised here" not in stage.page(shown, shown.shots[0], stage.blocks(shown))
    assert taken([0, 1, 1]).fell is None


def test_a_deadlock_ends_with_who_waits():
    async def waits() -> None:
        await trio.Event().wait()
        assert trio.current_time() == 0, "it ends"

    shown = filmed(prepare(waits), [])[1]
    assert shown.text().splitlines()[-1] == "step 1, 0 s: waits waits for an event"


def test_the_same_schedule_gives_the_same_film():
    assert taken([1, 1]).text() == taken([1, 1]).text()
    assert taken([1, 1]).text() != taken([0, 1]).text()


def test_a_long_run_has_an_end_and_not_every_step():
    async def long() -> None:
        for _ in range(2 * film.MAX_SHOTS):
            await trio.lowlevel.checkpoint()

    camera = Camera()
    run_once(long, instruments=[camera])
    assert len(camera.film().shots) == film.MAX_SHOTS + 1
    assert camera.film().shots[-1].goes is None


class Thing:
    def __init__(self, **held) -> None:
        self.__dict__.update(held)

    def __repr__(self) -> str:
        raise AssertionError("no code of the student may run")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "None"),
        ("a" * 99, "'" + "a" * 34 + "…"),
        ([1, [2, [3]]], "[1, [2, […]]]"),
        ({"b", "a"}, "{'a', 'b'}"),
        ({"clicks": 1}, "{'clicks': 1}"),
        (list(range(99)), "[0, 1, 2, 3, 4, …]"),
        (Thing(count=1, inside=Thing(n=2), f=print), "Thing(count=1, inside=Thing(n=2))"),
        (trio.Event(), "not set"),
        (trio.CapacityLimiter(3), "3 free"),
        (print, ""),
        (Thing, ""),
    ],
)
def test_values_are_told_without_running_their_code(value, told, monkeypatch):
    monkeypatch.setattr(Thing, "__module__", "__main__")
    assert film.words(value) == told


def test_lines_are_shown_near_to_where_tasks_stand_and_always_the_same():
    shown = taken()
    blocks = stage.blocks(shown)
    assert [block.name for block in blocks] == ["Store.get", "Store.set", "RacyCounter.add", "counted", "racy"]
    pages = [stage.page(shown, shot, blocks) for shot in shown.shots]
    assert len({page.count("<div") for page in pages}) == 1


def test_the_task_that_goes_on_is_marked_by_more_than_colour():
    shown = taken()
    page = stage.page(shown, shown.shots[4], stage.blocks(shown))
    assert page.count("▶") == 2  # in its line and in the table
    assert "<b>◀ second</b>" in page
    assert "<b>◀ (second)</b>" in page


def test_the_slider_moves_cursor_lines_and_words():
    stepper = Stepper(taken())
    without_cursor = stepper.timeline.value
    assert ("move the slider" in stepper.told.value, stepper.stage.value) == (True, "")  # the error is not pushed away
    stepper.slider.value = 4
    fourth = stepper.timeline.value, stepper.stage.value
    assert "step 4 of 8, at 0 s: second goes on" in stepper.told.value
    assert fourth[0] != without_cursor
    stepper.slider.value = 0
    assert "step 0 of 8" in stepper.told.value
    assert fourth[0] != stepper.timeline.value != without_cursor
    assert fourth[1] != stepper.stage.value != ""


def test_what_is_kept_of_a_replay_is_the_timeline(monkeypatch):
    kept = []
    monkeypatch.setattr(sys.modules["servicelab.views"], "show_static", lambda html, text: kept.append((html, text)))
    shown = Replay(taken())
    shown._ipython_display_()
    assert kept == [(shown.film.timeline._repr_mimebundle_()["text/html"], repr(shown))]


def test_a_failed_check_is_shown_step_by_step(monkeypatch):
    shown = []
    monkeypatch.setattr(Replay, "_ipython_display_", lambda self: shown.append(self.text()))
    with pytest.raises(verify.__globals__["NotYet"]):
        verify(racy)
    assert shown == [taken().text()]
