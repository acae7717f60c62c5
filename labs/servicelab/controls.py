"""What a notebook shows of a live service: links and command lines that hold a port number, and switches.

What is stored of an output holds no port number: it differs on every run, and stored outputs are compared.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Command(str):
    """A line for a terminal. A notebook shows it whole; a stored output has a form without the port number."""

    stored: str

    def __new__(cls, line: str, stored: str) -> Command:
        """Make the line; `stored` is how an output that is kept shows it."""
        command = super().__new__(cls, line)
        command.stored = stored
        return command

    def _ipython_display_(self) -> None:
        show_linked(self.stored, f"<code>{escape(self)}</code>")


def switch(label: str, turn: Callable[[str], object], options: Iterable[str]) -> None:
    """Show buttons, one of them pressed.

    Args:
        label: what they switch.
        turn: called with an option when its button is pressed.
        options: the first is pressed at the beginning.
    """
    from . import views

    names = list(options)
    text = f"{label}: {' | '.join(names)}"
    if not views.has_kernel():
        views.show_static(escape(text), text)
        return
    import ipywidgets

    buttons = ipywidgets.ToggleButtons(options=names, description=label)
    buttons.observe(lambda change: turn(change["new"]), "value")
    views.show_live(buttons, escape(text), text)


def show_linked(text: str, html: str) -> None:
    """Show HTML while the kernel runs, and a text that is the same in every run in a stored output."""
    from . import views

    if not views.has_kernel():
        views.show_static(f"<code>{escape(text)}</code>", text)
        return
    import ipywidgets

    views.show_live(ipywidgets.HTML(html), f"<code>{escape(text)}</code>", text)
