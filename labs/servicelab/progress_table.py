"""The table of exercises: what is solved, what is begun, which hints were opened."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

_HEAD = ("Exercise", "Checks", "", "Hints")
_LEFT = 'style="text-align:left"'


@dataclass(frozen=True)
class Row:
    """An exercise in the table: its lab's title, its counts, how many hints were opened."""

    lab: str
    exercise: str
    passed: int
    attempted: int
    checks: int
    hints: int

    @property
    def state(self) -> str:
        """The row in a word or two."""
        if self.checks and self.passed >= self.checks:
            return "solved"
        return f"{self.passed} of {self.checks}" if self.attempted else "not begun"


@dataclass(frozen=True)
class Progress:
    """All exercises and how far they are; a notebook shows it as a table."""

    rows: tuple[Row, ...]

    def text(self) -> str:
        """The table as plain text."""
        if not self.rows:
            return "No lab was found here, and nothing is recorded yet."
        lines, lab = [], None
        for row in self.rows:
            lines += [row.lab] if row.lab != lab else []
            lab = row.lab
            hints = f"   {_hints(row.hints)}" if row.hints else ""
            lines.append(f"  {row.exercise:<6} {bar(row)}  {row.state}{hints}".rstrip())
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._html(), "text/plain": self.text()}

    def _html(self) -> str:
        if not self.rows:
            return f"<p>{escape(self.text())}</p>"
        lines, lab = [], None
        for row in self.rows:
            if row.lab != lab:
                lines.append(f'<tr><th colspan="4" scope="rowgroup" {_LEFT}>{escape(row.lab)}</th></tr>')
            lab = row.lab
            lines.append(_html_row(row))
        head = "".join(f'<th scope="col" {_LEFT}>{name}</th>' for name in _HEAD)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _html_row(row: Row) -> str:
    share = round(100 * row.passed / row.checks) if row.checks else 0
    colour = "#009e73" if row.state == "solved" else "#0072b2"
    bar = (
        f'<div role="img" aria-label="{row.passed} of {row.checks} checks passed" '
        'style="width:120px;height:10px;border-radius:5px;background:#8c959f55">'
        f'<div style="width:{share}%;height:10px;border-radius:5px;background:{colour}"></div></div>'
    )
    cells = (escape(row.exercise), bar, escape(row.state), _hints(row.hints))
    return "<tr>" + "".join(f"<td {_LEFT}>{cell}</td>" for cell in cells) + "</tr>"


def bar(row: Row) -> str:
    """Draw the checks of an exercise: a full square for each that passed."""
    return "■" * row.passed + "□" * (row.checks - row.passed)


def _hints(count: int) -> str:
    return f"{count} hint{'s' if count != 1 else ''}" if count else ""
