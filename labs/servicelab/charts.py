"""Small charts: the same bytes in every run, no network, with the same in words for who cannot see them.

`lines` and `steps` draw one or more series over a common axis, `histogram` the spread of values, `percentiles` the
tails of several, `bars` a few numbers. Lines differ in colour and in dashes and are labelled at their end; there is no
legend to look up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .drawing import page
from .plot import BOTTOM, LEFT, RIGHT, TOP, WIDTH, Axis, Frame, nice, number, percentile, table
from .svg import INK, OKABE_ITO, SOFT, element, fit, picture, size, text, text_width

Points = Sequence[tuple[float, float]]

MAX_POINTS = 400
"""A line with more points is thinned; extremes stay."""

_COLOURS = tuple(OKABE_ITO[name] for name in ("blue", "vermillion", "green", "purple", "orange", "sky"))
_DASHES = (None, "6 3", "2 3", "9 3 2 3", "1 2", "12 4")
_TABLE_ROWS = 9
_HALO: dict[str, Any] = {"stroke": "#ffffff", "stroke_width": 3, "paint_order": "stroke"}
_TAILS = {"median": 50.0, "90 %": 90.0, "99 %": 99.0}


@dataclass(frozen=True)
class Chart:
    """A chart, as a drawing and in words."""

    svg: str
    text: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        html = f'<div style="max-width:{WIDTH + 40:g}px">{page(self.svg, self.text)}</div>'
        return {"text/html": html, "text/plain": self.text}


def lines(
    series: Mapping[str, Points],
    x_label: str,
    y_label: str,
    *,
    title: str = "",
    height: float = 220,
    y_max: float | None = None,
) -> Chart:
    """Draw lines.

    Args:
        series: name -> points (x, y), in the order of x.
        x_label: what x is, with its unit: "time, virtual seconds".
        y_label: what y is, with its unit.
        title: the headline; by default "latency over time" for labels "latency, seconds" and "time, seconds".
        height: in pixels.
        y_max: the least that the y axis reaches up to, so that redrawn charts can be compared.
    """
    return _xy(series, x_label, y_label, title, height, y_max, stepped=False)


def steps(
    series: Mapping[str, Points],
    x_label: str,
    y_label: str,
    *,
    title: str = "",
    height: float = 220,
    y_max: float | None = None,
) -> Chart:
    """Draw values that stay until they change, the length of a queue for instance; arguments as for `lines`."""
    return _xy(series, x_label, y_label, title, height, y_max, stepped=True)


def histogram(values: Sequence[float], x_label: str, *, title: str = "", bins: int = 24, height: float = 220) -> Chart:
    """Draw how values are spread, with the median and the 99th percentile marked.

    Args:
        values: what was measured.
        x_label: what it is, with its unit.
        title: the headline; by default "Spread of x_label".
        bins: at most so many bars, of a round width.
        height: in pixels.
    """
    title = title or f"Spread of {x_label}"
    if not values:
        return _empty(title, height)
    x_axis = Axis.over(min(values), max(values))
    width = nice((x_axis.high - x_axis.low) / bins)
    counts: dict[int, int] = {}
    for value in values:
        index = math.floor(value / width + 1e-9)
        counts[index] = counts.get(index, 0) + 1
    x_axis = Axis.over(min(counts) * width, (max(counts) + 1) * width)
    frame = Frame(x_axis, Axis.over(0, max(counts.values()), whole=True), height, RIGHT)
    drawn = [
        element(
            "rect",
            hover=f"{number(index * width)} to {number((index + 1) * width)}: {count}",
            x=frame.x(index * width) + 0.5,
            y=frame.y(count),
            width=max(0.5, frame.x((index + 1) * width) - frame.x(index * width) - 1),
            height=frame.y(0) - frame.y(count),
            fill=OKABE_ITO["sky"],
        )
        for index, count in sorted(counts.items())
    ]
    tails = {name: percentile(values, share) for name, share in (("median", 50.0), ("99 %", 99.0))}
    drawn += _flags(frame, tails)
    told = {"least": min(values), **tails, "most": max(values)}
    words = [title, f"{len(values):,} values", *(f"{name:<8} {number(value)}" for name, value in told.items())]
    return _chart(title, height, words, frame.furniture(title, x_label, "count"), drawn)


def percentiles(series: Mapping[str, Sequence[float]], x_label: str, *, title: str = "") -> Chart:
    """Draw the median, 90th and 99th percentile and the most of each series, one row for each.

    Args:
        series: name -> what was measured.
        x_label: what it is, with its unit.
        title: the headline; by default "Tails of x_label".
    """
    title = title or f"Tails of {x_label}"
    found = {name: _tails(values) for name, values in series.items() if values}
    height = TOP + BOTTOM + 44 * max(1, len(found))
    if not found:
        return _empty(title, height)
    axis = Axis.over(0, max(row["most"] for row in found.values()))
    frame = Frame(axis, None, height, RIGHT + 70, left=_room(found))
    drawn: list[str] = []
    for index, (name, row) in enumerate(found.items()):
        drawn += _tail_row(frame, TOP + 44 * index + 30, name, row, _COLOURS[index % len(_COLOURS)])
    rows = [[name, *map(number, row.values())] for name, row in found.items()]
    words = [title, *table(["", *_TAILS, "most"], rows)]
    return _chart(title, height, words, frame.furniture(title, x_label, ""), drawn)


def bars(values: Mapping[str, float], x_label: str, *, title: str = "") -> Chart:
    """Draw a few numbers as bars, with their names and values.

    Args:
        values: name -> number, not negative.
        x_label: what the numbers are, with their unit.
        title: the headline; by default the label.
    """
    title = title or x_label
    height = TOP + BOTTOM + 28 * max(1, len(values))
    if not values:
        return _empty(title, height)
    frame = Frame(Axis.over(0, max(values.values())), None, height, RIGHT + 40, left=_room(values))
    drawn: list[str] = []
    for index, (name, value) in enumerate(values.items()):
        y = TOP + 28 * index + 6
        wide = max(1.0, frame.x(value) - frame.left)
        drawn.append(text(frame.left - 8, y + 14, fit(name, frame.left - 16), text_anchor="end", fill=INK))
        drawn.append(element("rect", x=frame.left, y=y, width=wide, height=20, fill=OKABE_ITO["sky"], rx=2))
        drawn.append(text(frame.left + wide + 6, y + 14, number(value), fill=INK))
    words = [title, *table(["", x_label], [[name, number(value)] for name, value in values.items()])]
    return _chart(title, height, words, frame.furniture(title, x_label, ""), drawn)


# --- lines and steps ---
def _xy(
    series: Mapping[str, Points],
    x_label: str,
    y_label: str,
    title: str,
    height: float,
    y_max: float | None,
    *,
    stepped: bool,
) -> Chart:
    title = title or " over ".join(label.partition(",")[0] for label in (y_label, x_label))
    found = {name: [(float(x), float(y)) for x, y in points] for name, points in series.items() if points}
    if not found:
        return _empty(title, height)
    xs = [x for points in found.values() for x, _ in points]
    ys = [y for points in found.values() for _, y in points]
    whole = all(y == int(y) for y in ys if math.isfinite(y))
    right = min(200.0, max(text_width(name) for name in found) + 34)
    frame = Frame(
        Axis.over(min(xs), max(xs), 8), Axis.over(min(ys), max(*ys, y_max or 0), 4, whole=whole), height, right
    )
    drawn: list[str] = []
    ends: list[tuple[float, str, str]] = []
    for index, (name, points) in enumerate(found.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        path = _path(frame, thinned(points), max(xs), stepped)
        look: dict[str, Any] = {
            "stroke": colour,
            "stroke_width": 1.8,
            "stroke_dasharray": _DASHES[index % len(_DASHES)],
        }
        drawn.append(element("path", hover=name, d=path, fill="none", **look))
        ends.append((frame.y(points[-1][1]), name, colour))
    drawn += _labels(ends, WIDTH - right, height)
    words = [title, *(line for name, points in found.items() for line in _told(name, points, x_label, y_label))]
    return _chart(title, height, words, frame.furniture(title, x_label, y_label), drawn)


def thinned(points: Points, most: int = MAX_POINTS) -> list[tuple[float, float]]:
    """Take points out of a long line, but keep its ends and the least and the most of every stretch."""
    if len(points) <= most:
        return list(points)
    stretch = math.ceil(len(points) / (most // 2))
    kept = {0, len(points) - 1}
    for start in range(0, len(points), stretch):
        indices = range(start, min(start + stretch, len(points)))
        kept |= {min(indices, key=lambda i: points[i][1]), max(indices, key=lambda i: points[i][1])}
    return [points[index] for index in sorted(kept)]


def _path(frame: Frame, points: Points, last_x: float, stepped: bool) -> str:
    places = [(size(frame.x(x)), size(frame.y(y))) for x, y in points]
    if not stepped:
        return "M" + "L".join(f"{x} {y}" for x, y in places)
    (x, y), *rest = places
    return f"M{x} {y}" + "".join(f"H{x}V{y}" for x, y in rest) + f"H{size(frame.x(last_x))}"


def _labels(ends: list[tuple[float, str, str]], x: float, height: float) -> list[str]:
    """Names at the ends of the lines, moved apart where they would lie on each other."""
    drawn, above = [], -math.inf
    ordered = sorted(ends)
    lowest = height - BOTTOM - 15 * (len(ordered) - 1)
    for index, (y, name, colour) in enumerate(ordered):
        above = max(above + 15, min(y, lowest + 15 * index))
        drawn.append(element("circle", cx=x + 9, cy=above, r=4, fill=colour))
        drawn.append(text(x + 17, above + 4, fit(name, WIDTH - x - 20), fill=INK, hover=name))
    return drawn


def _told(name: str, points: Points, x_label: str, y_label: str) -> list[str]:
    ys = [y for _, y in points]
    stretch = max(1, math.ceil(len(points) / _TABLE_ROWS))
    chosen = [*points[:-1:stretch], points[-1]]
    head = f"{name}: {len(points)} points, {number(min(ys))} to {number(max(ys))}"
    return [head, *(f"  {line}" for line in table([x_label, y_label], [[number(x), number(y)] for x, y in chosen]))]


# --- the other charts ---
def _flags(frame: Frame, values: Mapping[str, float]) -> list[str]:
    drawn = []
    for index, (name, value) in enumerate(values.items()):
        x, words = frame.x(value), f"{name} {number(value)}"
        anchor = "end" if x + text_width(words, 11) + 8 > WIDTH - RIGHT else "start"
        path = f"M{size(x)} {size(TOP - 4)}V{size(frame.y(0))}"
        place = x + (-5 if anchor == "end" else 5)
        drawn.append(element("path", d=path, stroke=INK, stroke_dasharray="3 3"))
        drawn.append(text(place, TOP + 6 + 14 * index, words, text_anchor=anchor, font_size=11, fill=INK, **_HALO))
    return drawn


def _tails(values: Sequence[float]) -> dict[str, float]:
    return {**{name: percentile(values, share) for name, share in _TAILS.items()}, "most": max(values)}


def _tail_row(frame: Frame, y: float, name: str, row: Mapping[str, float], colour: str) -> list[str]:
    xs = [frame.x(value) for value in row.values()]
    drawn = [
        text(frame.left - 8, y + 4, fit(name, frame.left - 16), text_anchor="end", fill=INK),
        element("path", d=f"M{size(xs[0])} {size(y)}H{size(xs[-1])}", stroke=colour, stroke_width=2),
    ]
    for (word, value), x, radius in zip(row.items(), xs, (6, 5, 4, 3), strict=True):
        drawn.append(element("circle", hover=f"{name}: {word} {number(value)}", cx=x, cy=y, r=radius, fill=colour))
    drawn.append(text(xs[-1] + 8, y + 4, f"most {number(row['most'])}", font_size=11, fill=INK))
    taken = frame.left - 12
    for (word, value), x in list(zip(row.items(), xs, strict=True))[:-1]:
        words = f"{word} {number(value)}"
        wide = text_width(words, 10)
        start = max(x - wide / 2, taken + 8)
        if start <= x + 2:
            drawn.append(text(start, y - 10, words, font_size=10, fill=SOFT))
            taken = start + wide
    return drawn


def _room(names: Mapping[str, object]) -> float:
    """How much the names at the left need."""
    return min(220.0, max(LEFT, max(text_width(name) for name in names) + 22))


def _chart(title: str, height: float, words: Sequence[str], furniture: Sequence[str], drawn: Sequence[str]) -> Chart:
    told = "\n".join(words)
    return Chart(picture(WIDTH, height, title, told, "".join([*furniture, *drawn])), told)


def _empty(title: str, height: float) -> Chart:
    head = text(14, 20, title, font_size=14, font_weight=600, fill=INK)
    words = text(WIDTH / 2, height / 2, "nothing to show yet", text_anchor="middle", fill=SOFT)
    return _chart(title, height, [title, "nothing to show yet"], [head], [words])
