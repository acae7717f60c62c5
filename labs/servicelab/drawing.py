"""A timeline as one static SVG.

Waiting has a colour and a word, so that nothing is told by colour alone. A step is a black tick: it takes no virtual
time. Only where no time passes at all (or if asked for) the axis counts steps, and a step is a black box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arrows import VIOLET, draw_handover, draw_wakes, shown_wakes
from .bars import FILLS, draw_above, draw_lane, draw_words
from .lanes import number, scope_words
from .layout import INDENT, SMALL, WIDTH, Band, Layout
from .svg import (
    BLUE,
    FAINT,
    INK,
    RED,
    SOFT,
    clean,
    element,
    fit,
    nice_step,
    picture,
    size,
    text,
    text_width,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .lanes import Timeline


def draw(timeline: Timeline, title: str, axis: str, cursor: tuple[float, int] | None = None) -> str:
    """Draw a timeline.

    Args:
        timeline: what happened.
        title: the headline.
        axis: "time" or "steps".
        cursor: a moment, in virtual seconds and in steps, to mark with a line through all lanes.
    """
    layout = Layout(timeline, axis)
    parts = [_headline(timeline, title), *_bands(layout), *_axis(layout)]
    for row in layout.rows.values():
        parts.extend(draw_lane(layout, row))
    parts.extend(draw_wakes(layout))
    for band in layout.bands:
        parts.extend(_end_of_nursery(layout, band))
    for row in layout.rows.values():
        parts.extend(draw_words(layout, row))
    for given in timeline.handovers:
        parts.extend(draw_handover(layout, given))
    for row in layout.rows.values():
        parts.extend(draw_above(layout, row))
    if cursor is not None:
        parts.append(_cursor(layout, *cursor))
    height, below = _legend(layout)
    parts.extend(below)
    told = f"{title}: {timeline.summary()}"
    return picture(WIDTH, height, told, timeline.text(axis), "".join(parts))


def page(svg: str, told: str) -> str:
    """The drawing as HTML, with the same in words to unfold."""
    return f'<div style="overflow-x:auto">{svg}{folded("as text", told)}</div>'


def folded(summary: str, told: str) -> str:
    """Plain text as HTML, to unfold: its lines stay whole, and it scrolls by itself, also with the keyboard."""
    style = "overflow-x:auto;white-space:pre;word-break:normal;contain:inline-size"
    head = f'<details style="margin:2px 0;font-size:12px"><summary>{clean(summary)}</summary>'
    return f'{head}<pre tabindex="0" style="{style}">{clean(told)}</pre></details>'


# --- around the lanes ---
def _headline(timeline: Timeline, title: str) -> str:
    summary = timeline.summary().replace(", ", " · ")
    room = WIDTH - 40 - text_width(summary, 11)
    return text(14, 22, fit(title, room, 15), font_size=14, font_weight=600, fill=INK) + text(
        WIDTH - 14, 22, summary, font_size=11, text_anchor="end", fill=SOFT
    )


def _axis(layout: Layout) -> Iterator[str]:
    step = nice_step(layout.last)
    step = max(1.0, step) if layout.steps else step
    unit, lines = ("step" if layout.steps else "s"), []
    yield text(14, 45, "scheduler steps" if layout.steps else "virtual seconds", font_size=11, fill=SOFT)
    for tick in range(int(layout.last / step + 1e-9) + 1):
        value = round(tick * step, 6)
        x = layout.x(value, int(value))
        lines.append(f"M{size(x)} 50V{size(layout.bottom)}")
        words = f"{value:.10g}" + ("" if layout.steps or tick else f" {unit}")
        yield text(x, 45, words, font_size=11, text_anchor="middle", fill=SOFT)
    yield element("path", d="".join(lines), stroke=FAINT, fill="none")


def _bands(layout: Layout) -> Iterator[str]:
    for band in layout.bands:
        x = 8 + INDENT * (band.depth - 1)
        y, height = band.top, band.bottom - band.top
        hover = f"nursery of {_parent(layout, band)}"
        rect = element("rect", x=x, y=y, width=WIDTH - 6 - x, height=height, rx=5, fill="#0b2f55", fill_opacity="0.05")
        line = element(
            "path",
            d=f"M{size(x + 5)} {size(y + 5)}v{size(height - 10)}",
            stroke="#7d8a9a",
            stroke_width=3,
            stroke_linecap="round",
        )
        yield element("g", rect + line, hover=hover)


def _parent(layout: Layout, band: Band) -> str:
    tasks = layout.timeline.tasks
    first = next(task for task in tasks if task.nursery == band.nursery)
    return "main" if first.parent is None else tasks[first.parent].name


# --- over the lanes ---
def _end_of_nursery(layout: Layout, band: Band) -> Iterator[str]:
    """The moment at which a nursery was cancelled: a dashed line through its lanes, and the reason."""
    if band.scope is None or band.scope.cancelled_s is None:
        return
    x = layout.x(band.scope.cancelled_s, band.scope.cancelled_step or 0)
    cause = scope_words(band.scope, layout.timeline.tasks)
    words = f"nursery {cause}" if cause.startswith("cancelled") else f"nursery cancelled: {cause}"
    hover = f"{words}, at {number(band.scope.cancelled_s)} s: every task in it gets Cancelled"
    left = x + 6 + text_width(words, SMALL) > WIDTH - 8
    d = f"M{size(x)} {size(band.top + 2)}V{size(band.bottom - 2)}"
    yield element("path", hover=hover, d=d, stroke=RED, stroke_dasharray="3 3")
    side = -5 if left else 5
    anchor = "end" if left else None
    yield text(x + side, band.top + 12, words, hover=hover, font_size=SMALL, fill=RED, text_anchor=anchor)


def _cursor(layout: Layout, at_s: float, step: int) -> str:
    x = size(layout.x(at_s, step))
    return element("path", d=f"M{x} {size(layout.bottom)}V54l-5 -7h10l-5 7", stroke=INK, fill=INK, stroke_width=1.4)


# --- legend ---
def _legend(layout: Layout) -> tuple[float, list[str]]:
    """What the signs mean, only those that are there; the drawing's height and the parts."""
    x, y, parts = 14.0, layout.bottom + 22, []
    if layout.hidden_steps:
        parts.append(text(14, y - 6, f"and {layout.hidden_steps:,} more steps, not drawn", fill=SOFT))
        y += 18
    if layout.rest:
        parts.append(text(14, y - 6, layout.rest, fill=SOFT))
        y += 18
    for sign, words in _signs(layout):
        width = 26 + text_width(words, 11)
        if x + width > WIDTH - 8:
            x, y = 14.0, y + 18
        parts.append(
            element("g", sign + text(20, 4, words, font_size=11, fill=INK), transform=f"translate({size(x)} {size(y)})")
        )
        x += width + 8
    return y + 16, parts


def _signs(layout: Layout) -> Iterator[tuple[str, str]]:
    timeline = layout.timeline
    kinds = {
        segment.kind for row in layout.rows.values() for segment in layout.segments(row.task) if layout.visible(segment)
    }
    for kind, fill in FILLS.items():
        if kind not in kinds:
            continue
        if kind == "run" and not layout.steps:
            yield element("path", d="M7 -7v14", stroke=INK, stroke_width=1.8), "runs"
        elif kind == "ready":
            yield (
                element("rect", y=-4, width=14, height=8, fill=fill, stroke="#8b96a2", stroke_dasharray="3 2"),
                "ready",
            )
        else:
            yield (
                element("rect", y=-6, width=14, height=12, rx=2, fill=fill),
                {"run": "runs", "children": "waits for children"}.get(kind, kind),
            )
    if timeline.deliveries:
        yield element("path", d="M2.5 -4.5l9 9m0 -9l-9 9", stroke=RED, stroke_width=2.4), "Cancelled"
    if any(row.brackets for row in layout.rows.values()):
        yield element("path", d="M1 -4v6h13v-6", fill="none", stroke=SOFT, stroke_width=1.5), "cancel scope"
    if timeline.handovers:
        yield element("path", d="M1 6L12 -4m-6 1l6 -1l-1.5 5.5", fill="none", stroke=VIOLET, stroke_width=1.4), "sent"
    for kind, colour, words in (("wake", BLUE, "wakes"), ("cancel", RED, "cancels")):
        if any(wake.kind == kind for wake in shown_wakes(timeline)):
            yield element("path", d="M7 -7v13m-3 -5l3 5l3 -5", fill="none", stroke=colour, stroke_width=1.2), words
