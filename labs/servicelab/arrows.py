"""What goes from one lane of a timeline's drawing to another: who woke or cancelled whom, who sent what to whom."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from .lanes import when
from .svg import BLUE, RED, element, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .lanes import Handover, Timeline, Wake
    from .layout import Layout

VIOLET = "#7a2a7f"


def shown_wakes(timeline: Timeline) -> list[Wake]:
    """What has an arrow of its own: a start is seen anyhow, and who was sent something has that arrow."""
    handed = {(given.source, given.target, given.sent_step) for given in timeline.handovers}
    return [
        wake for wake in timeline.wakes if wake.kind != "start" and (wake.source, wake.target, wake.step) not in handed
    ]


def draw_wakes(layout: Layout) -> Iterator[str]:
    """From the task that woke another to the one that it woke; where several fall together, side by side."""
    taken: dict[float, list[tuple[float, float]]] = {}
    paths: dict[str, list[str]] = {}
    seen = set()
    for wake in shown_wakes(layout.timeline):
        source, target = layout.rows.get(wake.source), layout.rows.get(wake.target)
        if source is None or target is None or not layout.drawn(wake.step):
            continue
        same = wake.source, wake.target, wake.kind, layout.point(wake)
        if same in seen:
            continue
        seen.add(same)
        down = target.top > source.top
        start, end = (source.bottom, target.top - 1) if down else (source.top, target.bottom + 1)
        x = layout.point(wake) + (layout.plot / layout.end if layout.steps else 0)
        x = _free(taken, x, min(start, end), max(start, end))
        head = "m-3 -5l3 5l3 -5" if down else "m-3 5l3 -5l3 5"
        paths.setdefault(wake.kind, []).append(f"M{size(x)} {size(start)}V{size(end)}{head}")
    for kind, drawn in sorted(paths.items()):
        colour = RED if kind == "cancel" else BLUE
        yield element("path", d="".join(drawn), fill="none", stroke=colour, stroke_width=1.2, stroke_opacity="0.75")


def _free(taken: dict[float, list[tuple[float, float]]], x: float, top: float, bottom: float) -> float:
    """An x near to the wanted one at which no arrow goes yet."""
    for shift in (0, 3, -3, 6, -6):
        spans = taken.setdefault(round(x + shift, 1), [])
        if all(bottom <= other_top or top >= other_bottom for other_top, other_bottom in spans):
            spans.append((top, bottom))
            return x + shift
    return x


def draw_handover(layout: Layout, given: Handover) -> Iterator[str]:
    """An arrow from who sent a value to who received it, or a ring if nobody did."""
    source, target = layout.rows.get(given.source), layout.rows.get(given.target or 0)
    if source is None or target is None or not layout.drawn(given.received_step or given.sent_step):
        return
    across = layout.plot / layout.end / 2 if layout.steps else 0  # the middle of a step
    x = layout.x(given.sent_s, given.sent_step) + across
    sent = f"{source.task.name} sends {given.value} at {when(given.sent_s, given.sent_step, layout.steps)}"
    if given.target is None or given.received_s is None or given.received_step is None:
        ring = {"r": 4, "fill": "none", "stroke": VIOLET, "stroke_width": 1.4}
        yield element("circle", hover=f"{sent}; nobody receives it", cx=x, cy=source.middle, **ring)
        return
    received = f"{target.task.name} receives it at {when(given.received_s, given.received_step, layout.steps)}"
    end_x = layout.x(given.received_s, given.received_step) + across
    down = target.top > source.top
    start, end = (source.bottom - 3, target.top + 2) if down else (source.top + 3, target.bottom - 2)
    line = f"M{size(x)} {size(start)}L{size(end_x)} {size(end)}{_head(end_x - x, end - start)}"
    dot = element("circle", cx=x, cy=start, r=2, fill=VIOLET)
    arrow = element("path", d=line, fill="none", stroke=VIOLET, stroke_width=1.4)
    yield element("g", dot + arrow, hover=f"{sent}\n{received}")


def _head(across: float, down: float) -> str:
    """The head of an arrow that has come from so far."""
    length = hypot(across, down) or 1
    x, y = 6 * across / length, 6 * down / length
    left, right = (-x - y / 2, -y + x / 2), (-x + y / 2, -y - x / 2)
    there, back = f"l{size(left[0])} {size(left[1])}", f"l{size(-left[0])} {size(-left[1])}"
    return f"{there}{back}l{size(right[0])} {size(right[1])}"
