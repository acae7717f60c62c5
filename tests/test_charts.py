"""Charts: round axes, the same bytes every time, the same in words."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from servicelab.charts import Chart, bars, histogram, lines, percentiles, steps, thinned
from servicelab.plot import Axis, nice, number, percentile

SVG = "{http://www.w3.org/2000/svg}"
WAVE = [(x / 10, (x * 37) % 11) for x in range(100)]

CHARTS = {
    "lines": lambda: lines({"a": WAVE, "b": [(0, 1), (9, 2)]}, "time, s", "latency, s"),
    "steps": lambda: steps({"queue": WAVE}, "time, s", "jobs"),
    "histogram": lambda: histogram([y for _, y in WAVE], "latency, s"),
    "percentiles": lambda: percentiles({"a": [1, 2, 30], "b": [0.1]}, "latency, s"),
    "bars": lambda: bars({"ours": 29_000, "theirs <&>": 2_100}, "requests/s"),
    "empty": lambda: lines({}, "x", "y"),
    "one point": lambda: lines({"a": [(0, 0)]}, "x", "y"),
    "all the same": lambda: histogram([0.0, 0.0], "x"),
}


@pytest.fixture(params=CHARTS, ids=lambda name: name.replace(" ", "-"))
def draw(request):
    return CHARTS[request.param]


def test_a_chart_is_the_same_every_time(draw):
    assert draw() == draw()


def test_a_chart_is_one_image_with_a_name_and_the_same_in_words(draw):
    chart = draw()
    svg = ET.fromstring(chart.svg)
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title") == svg.get("aria-label") == chart.text.splitlines()[0]
    assert svg.findtext(f"{SVG}desc") == chart.text


def test_nothing_is_drawn_outside_the_picture(draw):
    svg = ET.fromstring(draw().svg)
    _, _, width, height = map(float, svg.get("viewBox").split())
    for one in svg.iter():
        for name, limit in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            assert 0 <= float(one.get(name, 0)) <= limit


def test_a_chart_needs_nothing_from_outside(draw):
    svg = draw().svg.replace("http://www.w3.org/2000/svg", "")
    assert "http" not in svg
    assert "<script" not in svg


def test_a_notebook_gets_the_drawing_and_the_words():
    bundle = Chart("<svg/>", "in words")._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/plain"]
    assert bundle["text/plain"] == "in words"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, ["0", "2", "4", "6", "8", "10"]), (0, 0.9, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]), (0, 0, ["0.0"])],
)
def test_ticks_are_round(low, high, expected):
    assert Axis.over(low, high).labels()[: len(expected)] == expected


def test_an_axis_begins_at_zero_unless_the_values_are_far_from_it():
    assert (Axis.over(20, 100).low, Axis.over(90, 100).low, Axis.over(-5, 100).low) == (0, 90, -20)


def test_an_axis_of_whole_numbers_has_no_fractions():
    assert Axis.over(0, 0, whole=True).labels() == ["0", "1"]
    assert Axis.over(0, 9, 4, whole=True).labels() == ["0", "5", "10"]


@pytest.mark.parametrize(("width", "expected"), [(0.7, 1), (1, 1), (2.1, 2.5), (31, 50), (0, 1), (float("inf"), 1)])
def test_nice_is_the_next_round_number(width, expected):
    assert nice(width) == pytest.approx(expected)


@pytest.mark.parametrize(("value", "expected"), [(0, "0"), (3.0, "3"), (0.25, "0.25"), (12_000.4, "12,000")])
def test_numbers_are_written_as_people_do(value, expected):
    assert number(value) == expected


def test_a_percentile_is_one_of_the_values():
    assert [percentile(range(1, 101), share) for share in (0, 50, 99, 100)] == [1, 50, 99, 100]


def test_thinning_keeps_the_ends_and_the_extremes():
    points = [(x, 0.0) for x in range(10_000)]
    points[4_321] = (4_321, 99.0)
    kept = thinned(points)
    assert len(kept) <= 402
    assert [points[0], points[4_321], points[-1]] == [kept[0], max(kept, key=lambda p: p[1]), kept[-1]]


def test_a_long_line_is_told_in_a_few_rows():
    assert len(lines({"a": [(x, x) for x in range(1000)]}, "x", "y").text.splitlines()) < 16
