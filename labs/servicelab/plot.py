"""The parts that all charts share: axes with round numbers, the frame around the values, numbers and tables as text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .svg import FAINT, INK, SOFT, element, fit, size, text, text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 700.0
TOP, BOTTOM, LEFT, RIGHT = 34.0, 44.0, 62.0, 18.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` per cent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


def number(value: float) -> str:
    """A number as people write it: `3`, `0.25`, `12,000`."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def nice(width: float) -> float:
    """The next round number: 1, 2, 2.5 or 5 times a power of ten."""
    if width <= 0 or not math.isfinite(width):
        return 1.0
    power = 10.0 ** math.floor(math.log10(width))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= width * (1 - 1e-9))


@dataclass(frozen=True)
class Axis:
    """A range with round ends, and its ticks."""

    low: float
    high: float
    step: float

    @classmethod
    def over(cls, low: float, high: float, most: int = 6, *, whole: bool = False) -> Axis:
        """The axis for values from `low` to `high`; it begins at 0 unless they are far from it.

        Args:
            low: the least value.
            high: the greatest value.
            most: about how many ticks to have at most.
            whole: whether only whole numbers make sense.
        """
        low = 0.0 if 0 <= low <= 0.6 * high or low == high > 0 else low
        high = high if high > low else low + 1
        step = nice((high - low) / most)
        if whole:
            step = max(1.0, 5 * step / 2.5 if abs(step - 2.5) < 1e-9 else step)
        return cls(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step)

    def ticks(self) -> list[float]:
        """The values that get a line and a number."""
        return [self.low + index * self.step for index in range(round((self.high - self.low) / self.step) + 1)]

    def labels(self) -> list[str]:
        """The ticks as text, all with the same number of decimals."""
        exponent = math.floor(math.log10(self.step) + 1e-9)
        decimals = max(0, -exponent + (abs(self.step / 10.0**exponent - 2.5) < 1e-6))
        return [f"{tick + 0.0:,.{decimals}f}" for tick in self.ticks()]


@dataclass(frozen=True)
class Frame:
    """Where a chart's values are on its surface; without a y axis only x is used."""

    x_axis: Axis
    y_axis: Axis | None
    height: float
    right: float
    left: float = LEFT

    def x(self, value: float) -> float:
        """The horizontal place of a value."""
        share = (value - self.x_axis.low) / (self.x_axis.high - self.x_axis.low)
        return self.left + share * (WIDTH - self.left - self.right)

    def y(self, value: float) -> float:
        """The vertical place of a value."""
        if self.y_axis is None:
            return self.height - BOTTOM
        share = (value - self.y_axis.low) / (self.y_axis.high - self.y_axis.low)
        return self.height - BOTTOM - share * (self.height - BOTTOM - TOP)

    def furniture(self, title: str, x_label: str, y_label: str) -> list[str]:
        """Headline, grid, ticks and the names of the axes."""
        bottom, middle = self.height - BOTTOM, (self.left + WIDTH - self.right) / 2
        told = fit(title, WIDTH - 28 - text_width(y_label, 11), 14)
        drawn = [
            text(14, 20, told, font_size=14, font_weight=600, fill=INK),
            text(middle, self.height - 8, x_label, text_anchor="middle", font_size=11, fill=SOFT),
        ]
        for tick, label in zip(self.x_axis.ticks(), self.x_axis.labels(), strict=True):
            x = self.x(tick)
            drawn.append(text(x, bottom + 16, label, text_anchor="middle", font_size=11, fill=SOFT))
            if self.y_axis is None:
                drawn.append(element("path", d=f"M{size(x)} {size(TOP)}V{size(bottom)}", stroke=FAINT))
        if self.y_axis is not None:
            drawn.append(text(WIDTH - 14, 20, y_label, text_anchor="end", font_size=11, fill=SOFT))
            for tick, label in zip(self.y_axis.ticks(), self.y_axis.labels(), strict=True):
                y = self.y(tick)
                drawn.append(text(self.left - 8, y + 4, label, text_anchor="end", font_size=11, fill=SOFT))
                across = f"M{size(self.left)} {size(y)}H{size(WIDTH - self.right)}"
                drawn.append(element("path", d=across, stroke=FAINT))
        return drawn


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Set a table as text, in columns."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
