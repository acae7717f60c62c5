"""One lane of a timeline's drawing: its bars, their words, brackets below, crosses and flags above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lanes import number, scope_words
from .layout import BAR, BOLD, INDENT, LEVEL, SMALL, WIDTH, Layout, Row, flag_width
from .svg import GREEN, INK, OKABE_ITO, PAPER, RED, SOFT, element, fit, size, text, text_width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .lanes import Mark, Scope, Segment

THINNEST = 0.8  # pixels
FILLS = {
    "run": "#3b4754",
    "ready": PAPER,
    "sleep": "#c9d3dc",
    "receive": OKABE_ITO["sky"],
    "send": OKABE_ITO["orange"],
    "lock": "#ee7733",
    "event": OKABE_ITO["purple"],
    "children": "#ece6d6",
    "I/O": OKABE_ITO["green"],
    "other": "#b8b8b8",
}


def draw_lane(layout: Layout, row: Row) -> Iterator[str]:
    """A lane: its name, bars, ticks and brackets."""
    task = row.task
    x = 14 + INDENT * row.depth
    name = fit(task.name, layout.left - x - 8)
    yield text(x, row.middle + 4, name, hover="" if name == task.name else task.name, fill=INK)
    segments = layout.segments(task)
    yield element("g", "".join(_bars(layout, row, segments)))
    ticks = dict.fromkeys(layout.span(segment)[0] for segment in segments if segment.kind == "run")
    if ticks and not layout.steps:
        marks = "".join(f"M{size(x)} {size(row.top - 1)}v{BAR + 2}" for x in ticks)
        yield element("path", d=marks, stroke=INK, stroke_width=1.6)
    for scope, level in row.brackets:
        if level >= 0:
            yield _bracket(layout, row, scope, level)


def _bars(layout: Layout, row: Row, segments: list[Segment]) -> Iterator[str]:
    done = -1.0
    for segment in segments:
        x, end = layout.span(segment, is_open=segment.open)
        width = end - x
        if (segment.kind == "run" and not layout.steps) or width <= 0 or end <= done:
            continue
        done = x + THINNEST if width < THINNEST else -1.0  # of bars too thin to see one is drawn
        ready = segment.kind == "ready"
        yield element(
            "rect",
            hover=_hover(layout, row, segment),
            x=x,
            y=row.top + (5 if ready else 0),
            width=max(width, THINNEST),
            height=BAR - (10 if ready else 0),
            rx=2 if width > 5 else None,
            fill=FILLS[segment.kind],
            stroke="#8b96a2"
            if ready
            else RED
            if segment.open
            else PAPER
            if segment.kind == "run" and width > 8
            else None,
            stroke_dasharray="3 2" if ready or segment.open else None,
        )


def _hover(layout: Layout, row: Row, segment: Segment) -> str:
    if layout.steps:
        start, last = segment.start_step, segment.end_step - 1
        when = f"step {start}" + (" and for ever" if segment.open else f"-{last}" if last > start else "")
    elif segment.open:
        when = f"from {number(segment.start_s)} s for ever"
    else:
        length = number(round(segment.end_s - segment.start_s, 6))
        when = f"{number(segment.start_s)}-{number(segment.end_s)} s ({length} s)"
    what = {"run": "runs", "ready": "could run, but another task does"}.get(segment.kind)
    what = what or f"waits for {segment.waits_for or segment.kind}"
    where = f"\nin {segment.function}, line {segment.line}" if segment.function else ""
    return f"{row.task.name}: {what}\n{when}{where}"


def draw_words(layout: Layout, row: Row) -> Iterator[str]:
    """Words in the bars of a lane that are wide enough."""
    for segment in layout.segments(row.task):
        if segment.kind == "ready" or (segment.kind == "run" and not layout.steps):
            continue
        x, end = layout.span(segment, is_open=segment.open)
        words = next((words for words in _labels(layout, segment) if text_width(words, 11) + 6 <= end - x), "")
        if words:
            fill = FILLS[segment.kind]
            ink = PAPER if segment.kind == "run" else INK
            yield text(
                (x + end) / 2,
                row.middle + 4,
                words,
                font_size=11,
                fill=ink,
                text_anchor="middle",
                paint_order="stroke",  # a halo, so that an arrow does not cross out the word
                stroke=fill,
                stroke_width=3,
                pointer_events="none",
            )


def _labels(layout: Layout, segment: Segment) -> tuple[str, ...]:
    """What could be written in a bar, the longest first."""
    if segment.open:
        return f"waits for {segment.waits_for or segment.kind}, for ever", f"{segment.kind}, for ever", segment.kind
    if segment.kind == "sleep" and not layout.steps:
        return f"sleep {number(round(segment.end_s - segment.start_s, 6))} s", "sleep"
    return {"children": ("waits for children", "children"), "run": ("runs",)}.get(segment.kind, (segment.kind,))


def _bracket(layout: Layout, row: Row, scope: Scope, level: int) -> str:
    x, end = layout.span(scope)
    y = row.bottom + 3 + LEVEL * level
    words = scope_words(scope, layout.timeline.tasks)
    colour = RED if scope.cause else GREEN if scope.shield else SOFT
    hover = f"cancel scope of {row.task.name}, {number(scope.start_s)}-{number(scope.end_s)} s\n{words}"
    short = next((label for label in (words, words.split(",")[0]) if text_width(label, SMALL) + 12 <= end - x), "")
    start, stop, middle = x + 0.8, max(end - 0.8, x + 3), (x + end) / 2
    gap = text_width(short, SMALL) / 2 + 3
    line = f"H{size(middle - gap)}M{size(middle + gap)} {size(y + 6)}H{size(stop)}" if short else f"H{size(stop)}"
    path = element(
        "path",
        d=f"M{size(start)} {size(y)}v6{line}v-6",
        fill="none",
        stroke=colour,
        stroke_width=1.5,
        stroke_dasharray="4 2" if scope.shield else None,
    )
    label = short and text(middle, y + 9.5, short, font_size=SMALL, fill=colour, text_anchor="middle")
    return element("g", path + label, hover=hover)


def draw_above(layout: Layout, row: Row) -> Iterator[str]:
    """What lies over the bars: red crosses, flags, what is written behind the end."""
    seen = set()
    for delivery in layout.timeline.deliveries:
        x = layout.point(delivery)
        if delivery.task == row.task.index and x not in seen and layout.drawn(delivery.step):
            seen.add(x)
            hover = f"Cancelled raised in {row.task.name} at {number(delivery.at_s)} s\n{delivery.cause}"
            d = f"M{size(x - 4.5)} {size(row.middle - 4.5)}l9 9m0 -9l-9 9"
            yield element("path", hover=hover, d=d, stroke=PAPER, stroke_width=5)
            yield element("path", d=d, stroke=RED, stroke_width=2.6, pointer_events="none")
    for flag, x, level in row.flags:
        yield _flag(row, flag, x, level)
    label = layout.end_label(row.task)
    if label:
        task = row.task
        x = layout.right if task.end_s is None else layout.x(task.end_s, task.end_step or 0)
        x += 9 if x in seen else 7
        yield text(
            x,
            row.middle + 4,
            fit(label, WIDTH - 6 - x, BOLD),
            hover=task.error or f"{task.name} never ended",
            font_size=11.5,
            font_weight=600,
            fill=RED,
        )


def _flag(row: Row, flag: Mark, x: float, level: int) -> str:
    hover = f"{flag.text}\n{row.task.name}, {number(flag.at_s)} s, step {flag.step}"
    if level < 0:  # no room for words
        return element("path", hover=hover, d=f"M{size(x)} {size(row.top - 7)}l7 3l-7 3z", fill="#8a6d00")
    width = flag_width(flag.text)
    y = row.top - 1 - LEVEL * (level + 1)
    start = x if x + width < WIDTH - 4 else x - width
    pole = element("path", d=f"M{size(x)} {size(row.top)}V{size(y)}", stroke="#8a6d00", stroke_width=1.2)
    box = element("rect", x=start, y=y, width=width, height=12.5, fill="#fff6c8", stroke="#8a6d00", stroke_width=0.8)
    return element("g", pole + box + text(start + 4, y + 9.7, flag.text, font_size=SMALL, fill="#4d3d00"), hover=hover)
