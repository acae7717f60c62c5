"""Show things in a notebook: static everywhere, a widget on top of it where somebody can use one.

An output carries three forms at once: the widget, its static picture as HTML, and plain text. JupyterLab takes the
widget. Exports, feedback pages and a strict comparison of outputs use the static forms, which are the same in every
run; a widget's own `repr` and its state are never needed. Without a kernel (in the grading jail) there are no widgets.
"""

from __future__ import annotations

import os
from html import escape
from typing import Any

from markdown_it import MarkdownIt

from .manners import well_behaved
from .saving import WIDGET

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


def show(thing: object) -> None:
    """Show something in the cell's output; does nothing outside IPython."""
    if shell() is not None:
        from IPython.display import display

        display(thing)  # type: ignore[no-untyped-call]  # IPython publishes it without types


def show_static(html: str, text: str) -> None:
    """Show HTML, with the same as plain text for where there is no HTML."""
    _show_bundle({"text/html": html, "text/plain": text})


def show_live(widget: Any, html: str, text: str) -> None:
    """Show a widget that has a static form, which stays in the saved notebook."""
    view = {"version_major": 2, "version_minor": 0, "model_id": well_behaved(widget).model_id}
    _show_bundle({WIDGET: view, "text/html": html, "text/plain": text})


def shell() -> Any:
    """The IPython shell that this code runs in, or None."""
    from IPython.core.getipython import get_ipython

    return get_ipython()


def has_kernel() -> bool:
    """Whether there is a kernel, and so perhaps somebody to use a widget."""
    return getattr(shell(), "kernel", None) is not None


def in_session() -> bool:
    """Whether a notebook is open in a browser; not so while a tool executes it from end to end."""
    return has_kernel() and "JPY_SESSION_NAME" in os.environ


def markdown(text: str) -> str:
    """Markdown as HTML, in the look of the notebook's own text; HTML inside it is shown, not used."""
    return f'<div class="jp-RenderedHTMLCommon">{_markdown.render(text)}</div>'


def inline(text: str) -> str:
    """One line of Markdown as HTML, without a paragraph of its own."""
    return str(_markdown.renderInline(text))


def note(text: str, *, mark: str = "#57606a") -> str:
    """A short message as HTML: a paragraph with a bar at its left."""
    style = f"border-left:4px solid {mark};padding:2px 10px;margin:4px 0;white-space:pre-wrap;line-height:1.45"
    return f'<div style="{style}">{escape(text)}</div>'


def _show_bundle(bundle: dict[str, Any]) -> None:
    current = shell()
    if current is None:
        return
    if has_kernel():
        from IPython.display import display

        display(bundle, raw=True)  # type: ignore[no-untyped-call]  # as above
    else:
        print(bundle["text/plain"])
