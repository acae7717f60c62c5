"""Helpers to write SVG by hand: elements, text, sizes, the colours. No ids, no script, nothing from outside."""

from __future__ import annotations

import re
from html import escape

FONT = "system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif"
INK, SOFT, FAINT, PAPER = "#1b1f24", "#57606a", "#dfe3e8", "#ffffff"
RED, BLUE, GREEN = "#b3123a", "#0072b2", "#00704f"
OKABE_ITO = {
    "orange": "#e69f00",
    "sky": "#56b4e9",
    "green": "#009e73",
    "yellow": "#f0e442",
    "blue": "#0072b2",
    "vermillion": "#d55e00",
    "purple": "#cc79a7",
}

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[]/\\ -"), frozenset("mwMWQOG@%&#_+=<>~…")


def clean(text: str) -> str:
    """Text that is safe between tags and in attributes."""
    return escape(_CONTROL.sub("\ufffd", text), quote=True)


def size(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{round(value, 1) or 0.0:.1f}".removesuffix(".0")


def element(tag: str, content: str = "", /, *, hover: str = "", **attributes: object) -> str:
    """An element.

    Args:
        tag: its name.
        content: what is inside, already SVG.
        hover: plain text to show under the pointer, as a `<title>`.
        **attributes: `_` in a name becomes `-`; numbers are coordinates, to a tenth; None is left out.
    """
    written = "".join(
        f' {name.replace("_", "-")}="{_value(value)}"' for name, value in attributes.items() if value is not None
    )
    inside = (f"<title>{clean(hover)}</title>" if hover else "") + content
    return f"<{tag}{written}>{inside}</{tag}>" if inside else f"<{tag}{written}/>"


def text(x: float, y: float, words: str, *, hover: str = "", **attributes: object) -> str:
    """Words at a place; x and y are the start of the base line unless `text_anchor` says otherwise."""
    return element("text", clean(words), hover=hover, x=x, y=y, **attributes)


def text_width(words: str, font_size: float = 12) -> float:
    """About how wide words are, on the safe side."""
    # Whole numbers: since Python 3.12 `sum` rounds floats in another way, which would change a byte here and there.
    units = sum(36 if letter in _NARROW else 88 if letter in _WIDE or ord(letter) > 0x2E80 else 62 for letter in words)
    return units * font_size / 100


def fit(words: str, width: float, font_size: float = 12) -> str:
    """Words cut to a width, with an ellipsis."""
    if text_width(words, font_size) <= width:
        return words
    while words and text_width(words + "…", font_size) > width:
        words = words[:-1]
    return words.rstrip() + "…"


def nice_step(span: float, most: int = 10) -> float:
    """The round number that divides a span into at most so many parts."""
    power = 1e-6
    while True:
        for factor in (1, 2, 5):
            if span <= factor * power * most:
                return round(factor * power, 6)
        power *= 10


def picture(width: float, height: float, title: str, description: str, content: str) -> str:
    """A whole `<svg>`: light background, readable in a dark theme; shrinks down to 640 pixels, then scrolls."""
    head = element("title", clean(title)) + element("desc", clean(description))
    back = element("rect", width=width, height=height, rx=6, fill=PAPER)
    return element(
        "svg",
        head + back + content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {size(width)} {size(height)}",
        width=width,
        height=height,
        role="img",
        aria_label=title,
        font_family=FONT,
        font_size=12,
        style="display:block;width:100%;min-width:640px;max-width:900px;height:auto",
    )


def _value(value: object) -> str:
    return size(value) if isinstance(value, (int, float)) else clean(str(value))
