"""Hint ladders: `%%hints 0.2` with three rungs, opened one at a time."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from . import views
from .errors import AuthorError
from .progress import record_hint

if TYPE_CHECKING:
    from collections.abc import Callable

_EXERCISE = re.compile(r"\d+\.\d+")
_SEPARATOR = re.compile(r"^---[ \t]*$", re.MULTILINE)
_ladders: dict[str, tuple[str, ...]] = {}


def rungs(exercise: str) -> tuple[str, ...]:
    """Return the hints of an exercise, as Markdown; none if its `%%hints` cell has not been run."""
    return _ladders.get(exercise, ())


def parse(text: str) -> tuple[str, ...]:
    """Return the rungs of a ladder: what stands between lines of `---`, which may not be inside a code block."""
    parts = [part.strip() for part in _SEPARATOR.split(text)]
    if not all(parts):
        raise AuthorError("expected a hint between every two lines of ---, not an empty one")
    return tuple(parts)


def hints_magic(line: str, cell: str) -> None:
    """Show a ladder of hints: `%%hints 0.2`, then the hints in Markdown with lines of `---` between them."""
    exercise = line.strip()
    if not _EXERCISE.fullmatch(exercise):
        raise AuthorError(f"expected the number of an exercise after %%hints, like 0.2, not {exercise!r}")
    _ladders[exercise] = parse(cell)
    if views.has_kernel():
        ladder = Ladder(rungs(exercise), lambda rung: record_hint(exercise, rung), name=exercise)
        views.show_live(ladder.widget, static(exercise), plain(exercise))
    else:
        views.show_static(static(exercise), plain(exercise))


def static(exercise: str) -> str:
    """Return a ladder as HTML that needs no kernel: each rung folded away inside the one before."""
    ladder = ""
    known = rungs(exercise)
    for number, rung in reversed(list(enumerate(known, start=1))):
        head = f"<summary>Hint {number} of {len(known)} for exercise {escape(exercise)}</summary>"
        ladder = f'<details style="margin:4px 0">{head}{views.markdown(rung)}{ladder}</details>'
    return ladder


def plain(exercise: str) -> str:
    """Return what stands for a ladder where there is only text; it gives nothing away."""
    count = len(rungs(exercise))
    return f"{count} hint{'s' if count != 1 else ''} for exercise {exercise}, opened one at a time"


class Ladder:
    """The widget: a button for the next rung, and the rungs opened so far.

    Args:
        rungs: the hints in Markdown.
        opened: called with the number of each rung that is opened, from 1.
        name: the exercise.
    """

    def __init__(self, rungs: tuple[str, ...], opened: Callable[[int], None], name: str) -> None:
        import ipywidgets

        self._rungs, self._opened, self._name = rungs, opened, name
        self._count = 0
        self._shown = ipywidgets.VBox()
        self._html = ipywidgets.HTML
        self.button = ipywidgets.Button(layout=ipywidgets.Layout(width="auto"), icon="chevron-down")
        self.button.on_click(lambda _: self.open_next())
        self.widget = ipywidgets.VBox([self._shown, self.button])
        self._label()

    @property
    def texts(self) -> list[str]:
        """The HTML of the rungs that are open."""
        return [child.value for child in self._shown.children]

    def open_next(self) -> None:
        """Open the next rung, if there is one."""
        if self._count == len(self._rungs):
            return
        self._count += 1
        rung = views.markdown(self._rungs[self._count - 1])
        head = f'<div style="font-weight:600;margin-top:6px">Hint {self._count} of {len(self._rungs)}</div>'
        self._shown.children = (*self._shown.children, self._html(value=head + rung))
        self._label()
        self._opened(self._count)

    def _label(self) -> None:
        total = len(self._rungs)
        left = self._count < total
        self.button.description = f"Hint {self._count + 1} of {total}" if left else f"All {total} hints are open"
        self.button.tooltip = f"Open hint {self._count + 1} of {total} for exercise {self._name}" if left else ""
