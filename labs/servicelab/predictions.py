"""Predict, then run, then see: `predict(...)` before the broken code, `reveal(...)` after it.

The right answer stands in the notebook as a seal, so that reading the cell does not give it away. An author makes one:

    python -c "from servicelab.predictions import seal; print(seal('the key', 'the right option'))"
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import views
from .errors import AuthorError
from .progress import prediction, record_prediction

_GREEN, _BLUE, _GREY = "#009e73", "#0072b2", "#8c959f"
_LENGTH = 12


@dataclass
class _Question:
    """A question as it was asked; `chosen` is an option or None."""

    text: str
    options: tuple[str, ...]
    right: str
    chosen: str | None = None


_asked: dict[str, _Question] = {}


def seal(key: str, option: str) -> str:
    """Return an option hashed, together with its question's key; 12 hexadecimal digits."""
    return hashlib.sha256(f"servicelab prediction\0{key}\0{option}".encode()).hexdigest()[:_LENGTH]


def predict(key: str, question: str, options: Sequence[str], answer: str) -> None:
    """Ask what will happen; the choice is kept until `reveal`.

    Args:
        key: a name for the question, unique in the course: "0.2-lost-race".
        question: the question, in Markdown.
        options: the possible answers, in the order shown; inline Markdown.
        answer: the seal of the right one.

    Raises:
        AuthorError: if the seal belongs to none of the options.
    """
    right = [option for option in options if seal(key, option) == answer]
    if len(right) != 1 or len(set(options)) != len(options):
        raise AuthorError(f"prediction {key!r}: expected the seal of one of the options, not {answer!r}")
    chosen = _remembered(key, options)
    _asked[key] = asked = _Question(question, tuple(options), right[0], chosen)
    html, text = _static(asked), _plain(asked)
    if views.has_kernel():
        views.show_live(Form(key, asked).widget, html, text)
    else:
        views.show_static(html, text)


def reveal(key: str, explanation: str) -> None:
    """Compare the prediction with what happened, and explain.

    Args:
        key: the question's name.
        explanation: why, in Markdown.
    """
    asked = _asked.get(key)
    if asked is None:
        verdict, colour = "You were not asked yet: run the cell with the question first.", _GREY
    elif asked.chosen is None:
        verdict, colour = f"You made no prediction. What happens: {asked.right}", _GREY
    elif asked.chosen == asked.right:
        verdict, colour = f"As you predicted: {asked.right}", _GREEN
    else:
        verdict, colour = f"You predicted: {asked.chosen}\nWhat happens: {asked.right}", _BLUE
    box = f"border-left:4px solid {colour};padding:2px 12px;margin:4px 0"
    lines = "<br>".join(views.inline(line) for line in verdict.splitlines())
    html = f'<div style="{box}"><div style="font-weight:600">{lines}</div>{views.markdown(explanation)}</div>'
    views.show_static(html, f"{verdict}\n{explanation.strip()}")


class Form:
    """The widget: a button for each option, and one that keeps the choice.

    Radio buttons would be the usual thing, but one moves between them with the arrow keys, which notebooks want for
    themselves; buttons are reached with Tab.
    """

    def __init__(self, key: str, asked: _Question) -> None:
        import ipywidgets

        self._key, self._asked = key, asked
        self.chosen = asked.chosen
        wide = ipywidgets.Layout(width="auto", max_width="100%")
        self.options = [ipywidgets.Button(layout=wide, tooltip=_words(option)) for option in asked.options]
        for option, button in zip(asked.options, self.options, strict=True):
            button.on_click(lambda _, option=option: self.choose(option))
        self.button = ipywidgets.Button(description="Keep my prediction", layout=wide, tooltip="Keep the choice above")
        self.status = ipywidgets.HTML()
        question = ipywidgets.HTML(views.markdown(asked.text))
        left = ipywidgets.Layout(align_items="flex-start")
        self.widget = ipywidgets.VBox(
            [question, *self.options, ipywidgets.HBox([self.button, self.status])], layout=left
        )
        self.button.on_click(self._keep)
        self._draw()

    def choose(self, option: str) -> None:
        """Choose an option; it counts when it is kept."""
        self.chosen = option
        self._draw()

    def _keep(self, _: Any) -> None:
        if self.chosen is None:
            return
        self._asked.chosen = self.chosen
        record_prediction(self._key, seal(self._key, self.chosen), self.chosen == self._asked.right)
        self._draw()

    def _draw(self) -> None:
        kept = self._asked.chosen
        for option, button in zip(self._asked.options, self.options, strict=True):
            button.description = f"{'●' if option == self.chosen else '○'} {_words(option)}"
        self.button.disabled = self.chosen is None  # once it was pressed, never: that would take the focus away
        self.status.value = f"Kept: <b>{views.inline(kept)}</b>. Now run the next cells." if kept else ""


def _words(option: str) -> str:
    return option.replace("`", "")


def _remembered(key: str, options: Sequence[str]) -> str | None:
    """The choice made earlier: in this kernel, or, where somebody sits before the notebook, in an earlier one."""
    if key in _asked:
        chosen = _asked[key].chosen
        return chosen if chosen in options else None
    kept = prediction(key) if views.in_session() else None
    return next((option for option in options if seal(key, option) == kept), None)


def _static(asked: _Question) -> str:
    items = "".join(f"<li>{views.inline(option)}</li>" for option in asked.options)
    return f'{views.markdown(asked.text)}<ul style="list-style:circle">{items}</ul>'


def _plain(asked: _Question) -> str:
    return "\n".join([asked.text.strip(), *(f"( ) {option}" for option in asked.options)])
