"""The pictures of the class report, as SVG: no ids, no script, words for who cannot see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from servicelab.svg import FAINT, INK, OKABE_ITO, SOFT, clean, element, text

from .transcript import FAILED, NOT_ATTEMPTED, NOT_JUDGED, PASSED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLOURS = {
    PASSED: OKABE_ITO["green"],
    FAILED: OKABE_ITO["vermillion"],
    NOT_JUDGED: OKABE_ITO["purple"],
    NOT_ATTEMPTED: FAINT,
}
BINS = 10
_WIDTH, _HEIGHT, _BAR = 600, 150, 14


def stacked(counts: Mapping[str, int], name: str) -> str:
    """One bar, as wide as its box, divided by how many passed, failed and so on."""
    total = sum(counts.values())
    words = f"{name}: " + ", ".join(f"{number} {status}" for status, number in counts.items())
    x, parts = 0.0, []
    for status, number in counts.items():
        width = _WIDTH * number / total if total else 0.0
        if width:
            hover = f"{number} of {total} {status}"
            parts.append(element("rect", hover=hover, x=x, y=0, width=width, height=_BAR, fill=COLOURS[status]))
        x += width
    return _svg("".join(parts), _BAR, words, preserveAspectRatio="none", **{"class": "bar"})


def histogram(shares: Sequence[float]) -> str:
    """How many students reached which share of the points, in tenths.

    Args:
        shares: points over the points that there are, from 0 to 1.
    """
    counts = [0] * BINS
    for share in shares:
        counts[min(BINS - 1, int(share * BINS))] += 1
    most, step, floor = max(counts) or 1, _WIDTH / BINS, _HEIGHT - 22
    parts = []
    for place, count in enumerate(counts):
        height = (floor - 18) * count / most
        label = f"{place * 10} to {place * 10 + 10} %"
        x, y = place * step + 3, floor - height
        parts.append(
            element("rect", hover=f"{label}: {count}", x=x, y=y, width=step - 6, height=height, fill=OKABE_ITO["blue"])
        )
        if count:
            parts.append(text(x + step / 2 - 3, y - 5, str(count), fill=INK, text_anchor="middle", font_size=13))
        parts.append(text(place * step, _HEIGHT - 5, f"{place * 10}", fill=SOFT, text_anchor="start", font_size=12))
    parts.append(text(_WIDTH, _HEIGHT - 5, "100", fill=SOFT, text_anchor="end", font_size=12))
    parts.append(element("path", d=f"M0 {floor}h{_WIDTH}", stroke=SOFT))
    told = ", ".join(f"{place * 10} to {place * 10 + 10} %: {count}" for place, count in enumerate(counts) if count)
    return _svg("".join(parts), _HEIGHT, f"students by share of the points; {told}")


def _svg(content: str, height: float, words: str, **attributes: str) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" role="img" '
        f'aria-label="{clean(words)}"{written}>{content}</svg>'
    )
