"""Panels: the student's code redrawn as sliders move; unwritten exercises and errors told kindly."""

from __future__ import annotations

import ipywidgets
import pytest
import trio

from servicelab import notebook
from servicelab.charts import lines
from servicelab.errors import AuthorError
from servicelab.explore import Panel, Slider, Source, panel, picture_of
from servicelab.running import run
from servicelab.saving import WIDGET, without_widgets

from .shells import bare_shell, executed


@pytest.fixture
def shell():
    with bare_shell() as made:
        notebook.load_ipython_extension(made)
        yield made


def made(draw, **sliders) -> Panel:
    source = Source(draw)
    controls = [Slider.made_from(name, given) for name, given in sliders.items()]
    return Panel("head", source, controls, source.picture({control.name: control.start for control in controls}))


def test_without_a_kernel_the_picture_for_the_start_values_is_told(shell, capsys):
    panel("Speed", lambda n, mode: f"<b>{n} {mode}</b>", n=(1, 9, 1, 3), mode=["calm", "wild"])
    assert capsys.readouterr().out == "Speed\nn 3, mode calm\n3 calm\n"


def test_a_move_draws_again():
    shown = made(lambda n: f"<b>{n}</b>", n=(1, 9, 1, 3))
    assert shown.picture.value == "<b>3</b>"
    shown.controls["n"].value = 4
    assert shown.picture.value == "<b>4</b>"


def test_a_fraction_of_a_slider_has_no_dust():
    shown = made(lambda s: f"{s}", s=(0.5, 5.0, 0.25, 1.0))
    shown.controls["s"].value = 1.9999999999999998
    assert shown.picture.value == "2.0"


def test_moves_while_drawing_are_answered_once_with_the_latest_value():
    drawn: list[int] = []

    def draw(n: int) -> str:
        drawn.append(n)
        if n == 4:
            shown.controls["n"].value = 5
            shown.controls["n"].value = 6
        return f"<b>{n}</b>"

    shown = made(draw, n=(1, 9, 1, 3))
    shown.controls["n"].value = 4
    assert drawn == [3, 4, 6]
    assert shown.picture.value == "<b>6</b>"


def test_what_the_code_prints_is_dropped(shell, capsys):
    panel("Quiet", lambda n: print("noise") or "<b>x</b>", n=(1, 9, 1, 3))
    assert "noise" not in capsys.readouterr().out


async def unwritten():
    raise NotImplementedError("Exercise 0.1: gather")


async def unwritten_in_a_nursery():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(unwritten)


@pytest.mark.parametrize("main", [unwritten, unwritten_in_a_nursery])
def test_an_unwritten_exercise_is_named(main):
    source = Source(lambda: run(main, draw=False))
    assert source.picture({}).text.splitlines()[0] == "This panel waits for exercise 0.1: gather."


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NotImplementedError(), "This panel waits for exercise 0.3: pipeline."),
        (NameError("name 'pipeline' is not defined", name="pipeline"), "This panel waits for exercise 0.3: pipeline."),
        (
            NameError("name 'other' is not defined", name="other"),
            "Your code raised NameError: name 'other' is not defined",
        ),
    ],
)
def test_a_panel_knows_what_it_waits_for(error, expected):
    def draw():
        raise error

    assert Source(draw, "0.3", ("pipeline",)).picture({}).text.splitlines()[0] == expected


def test_an_error_is_told_with_the_innermost_line_of_the_students_code():
    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, -1)

    picture = Source(lambda: run(main, draw=False)).picture({})
    first, second = picture.text.splitlines()
    assert first.startswith("Your code raised ValueError:")
    assert second.startswith("in ")
    assert "Traceback" not in picture.html


def test_an_error_goes_away_with_the_next_good_value():
    shown = made(lambda n: f"<b>{10 / (n - 4)}</b>", n=(1, 9, 1, 3))
    shown.controls["n"].value = 4
    assert "ZeroDivisionError" in shown.picture.value
    shown.controls["n"].value = 5
    assert shown.picture.value == "<b>10.0</b>"


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), BaseExceptionGroup("g", [KeyboardInterrupt()])])
def test_nothing_that_the_code_raises_leaves_the_panel(error):
    def draw():
        raise error

    assert Source(draw).picture({}).html


@pytest.mark.parametrize("given", [(1, 9, 1), (1, 9, 1, 10), (1, 9, 0, 3), [], "text", 3])
def test_a_strange_slider_is_the_authors_mistake(given):
    with pytest.raises(AuthorError, match=r"^slider n: expected "):
        Slider.made_from("n", given)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ((1, 9, 1, 3), ipywidgets.IntSlider),
        ((0.5, 9, 0.25, 3), ipywidgets.FloatSlider),
        (["a", "b"], ipywidgets.Dropdown),
        (ipywidgets.IntSlider(value=3), ipywidgets.IntSlider),
    ],
)
def test_a_control_has_a_label_in_words(given, kind):
    control = Slider.made_from("arrivals_per_s", given).control()
    assert type(control) is kind
    assert control.description == "arrivals per s"


def test_a_number_slider_says_its_range_and_shows_the_decimals_of_its_step():
    control = Slider.made_from("rate", (0.5, 9, 0.25, 3)).control()
    assert control.tooltip == "rate: 0.5 to 9, with the arrow keys in steps of 0.25"
    assert control.readout_format == ".2f"


def test_several_pictures_are_stacked():
    picture = picture_of([lines({"a": [(0, 1)]}, "x", "y", title="One"), "<svg><title>Two</title></svg>"])
    assert picture.html.count("<svg") == 2
    assert picture.text.startswith("One\n")
    assert picture.text.endswith("\n\nTwo")


def test_what_is_no_picture_is_the_authors_mistake():
    with pytest.raises(AuthorError, match=r"^expected a drawing .* not None$"):
        Source(lambda: None).picture({})


def test_a_kernel_shows_the_widget_over_the_same_static_picture_in_every_run():
    cell = "from servicelab import panel\npanel('Speed', lambda n: f'<b>{n}</b>', n=(1, 9, 1, 3))"
    (first,), (second,) = executed(cell, cell)
    assert first.data["text/html"] == second.data["text/html"]
    assert first.data["text/html"].endswith("<b>3</b>")
    assert first.data["text/plain"] == "Speed\nn 3\n3"
    assert WIDGET in first.data


def test_a_saved_notebook_keeps_the_picture_and_not_the_widget():
    picture, other = {WIDGET: {}, "text/html": "<b>"}, {WIDGET: {}, "text/plain": "Button()"}
    cells = [{"outputs": [{"data": picture}, {"data": other}, {"output_type": "stream"}]}, {"cell_type": "markdown"}]
    without_widgets({"type": "notebook", "content": {"cells": cells}}, path="x", contents_manager=None)
    assert (picture, other) == ({"text/html": "<b>"}, {WIDGET: {}, "text/plain": "Button()"})


@pytest.mark.parametrize("model", [{"type": "file", "content": "text"}, {"type": "notebook", "content": None}, {}])
def test_other_files_are_saved_as_they_are(model):
    before = dict(model)
    without_widgets(model)
    assert model == before
