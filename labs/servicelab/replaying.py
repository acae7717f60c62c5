"""Step through a run: its timeline, a slider, and under it the lines in which the tasks stand at that step.

The slider is a widget of the notebook (arrow keys, Page Up and Page Down, Home and End move it). What is saved is the
timeline as a picture, with the steps in words to unfold.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from . import stage, views
from .drawing import folded, page

if TYPE_CHECKING:
    from .film import Film


@dataclass(frozen=True, repr=False)
class Replay:
    """A recorded run, to be stepped through."""

    film: Film

    def text(self) -> str:
        """The steps in words: a line for each."""
        return self.film.text()

    def __repr__(self) -> str:
        return self.film.timeline.text()

    def _ipython_display_(self) -> None:
        timeline = self.film.timeline
        html, text = page(timeline.svg(), timeline.text()), timeline.text()
        if views.has_kernel():
            views.show_live(Stepper(self.film).widget, html, text)
        else:
            views.show_static(html, text)


class Stepper:
    """The widget: the timeline with a cursor, a slider, the lines and the tasks."""

    def __init__(self, film: Film) -> None:
        import ipywidgets

        self._film = film
        self._blocks = stage.blocks(film)
        last = len(film.shots) - 1
        self.slider = ipywidgets.IntSlider(
            value=0,
            max=last,
            description="step",
            tooltip=f"step of the run: 0 to {last}, with the arrow keys one at a time",
            style={"description_width": "3em"},
            layout=ipywidgets.Layout(width="min(100%, 40em)"),
        )
        self.timeline, self.told, self.stage = (ipywidgets.HTML() for _ in range(3))
        words = ipywidgets.HTML(folded("every step in words", film.text()))
        wide = ipywidgets.Layout(width="100%", max_width="920px")
        self.widget = ipywidgets.VBox([self.timeline, self.slider, self.told, self.stage, words], layout=wide)
        self.slider.observe(self._moved, "value")
        # the lines appear with the first move: at first what was promised and what happened stand right below
        self.timeline.value = page(film.timeline.svg(), film.timeline.text())
        self.told.value = _status("move the slider to step through the run, line by line")

    def _moved(self, _: Any) -> None:
        place = self.slider.value
        shot = self._film.shots[place]
        timeline = self._film.timeline
        self.timeline.value = page(timeline.svg(cursor=(shot.at_s, shot.step)), timeline.text())
        self.told.value = _status(stage.headline(self._film, place))
        self.stage.value = stage.page(self._film, shot, self._blocks)


def _status(text: str) -> str:
    return f'<div role="status" style="font-weight:600">{escape(text)}</div>'
