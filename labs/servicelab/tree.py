"""A task tree: plain rows, as a table in a notebook and on the debug page, as indented text elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

_HEAD = ("Task", "Waits for", "Since", "Where")


class TaskTree(list[dict[str, Any]]):
    """Rows as `task_tree()` describes them, parents before their children: a list, which knows how it looks."""

    def html(self) -> str:
        """The tree as an HTML table: children below their parent and further in."""
        head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in _HEAD)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_html_row, self))}</tbody></table>"

    def text(self) -> str:
        """The same as lines of text in columns."""
        lines = [_HEAD, *(("  " * row["depth"] + row["task"], *_cells(row)) for row in self)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
        padded = ("   ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)) for line in lines)
        return "\n".join(line.rstrip() for line in padded)

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.text())


def _cells(row: dict[str, Any]) -> tuple[str, str, str]:
    since = "" if row["waiting_s"] is None else f"{row['waiting_s']:.1f} s"
    return row["waits_for"], since, row["where"]


def _html_row(row: dict[str, Any]) -> str:
    left, indent, name = "text-align:left", 1.2 * row["depth"], escape(row["task"])
    first = f'<td style="{left};padding-left:{indent:.1f}em">{name}</td>'
    return f"<tr>{first}" + "".join(f'<td style="{left}">{escape(cell)}</td>' for cell in _cells(row)) + "</tr>"
