"""Explorable panels: sliders over the student's own code, run again in virtual time at each move.

Theory of operation
===================
1. `draw(**values)` runs the student's code and returns a picture. Its first picture, for the start values, is the
   static form of the cell: exports and strict comparisons see it, JupyterLab shows the widget in its place.
2. A move is answered in the kernel's handler of that message. The browser sends a widget's next message only when the
   one before is answered, and keeps nothing but the latest value meanwhile, so moves during a redraw cost one more.
3. What `draw` prints is dropped: a moving slider would fill the log.
4. An exercise that is not written yet is no error here, and an error is told in two lines, not as a traceback.
"""

from __future__ import annotations

import contextlib
import io
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

from . import views
from .errors import AuthorError
from .places import is_library
from .tracebacks import stub_of

_GREY, _RED = "#8c959f", "#d55e00"


@dataclass(frozen=True)
class Picture:
    """What a panel shows: HTML, and the same in words."""

    html: str
    text: str


@dataclass(frozen=True)
class Slider:
    """A control: its name, and whole numbers, floats, or a choice of options; or a widget of the author's own."""

    name: str
    start: Any
    low: float = 0
    high: float = 0
    step: float = 1
    options: tuple[Any, ...] = ()
    widget: Any = None

    @classmethod
    def made_from(cls, name: str, given: Any) -> Slider:
        """Read a control: (min, max, step, start), a list of options, or a widget with a value."""
        if hasattr(given, "value"):
            return cls(name, given.value, widget=given)
        if isinstance(given, list) and given:
            return cls(name, given[0], options=tuple(given))
        if not (isinstance(given, tuple) and len(given) == 4):
            raise AuthorError(f"slider {name}: expected (min, max, step, start), a list or a widget, not {given!r}")
        low, high, step, start = given
        if not (low <= start <= high and step > 0):
            raise AuthorError(f"slider {name}: expected min <= start <= max and a step above 0, not {given!r}")
        return cls(name, start, low, high, step)

    @property
    def label(self) -> str:
        """The name as people read it."""
        return self.name.replace("_", " ")

    def control(self) -> Any:
        """The widget, with a label in words and a tooltip."""
        import ipywidgets

        if self.widget is not None:
            self.widget.description = self.widget.description or self.label
            return self.widget
        look = {
            "description": self.label,
            "style": {"description_width": "11em"},
            "layout": ipywidgets.Layout(width="min(100%, 34em)"),
        }
        if self.options:
            return ipywidgets.Dropdown(options=self.options, value=self.start, tooltip=self.label, **look)
        numbers = (self.low, self.high, self.step, self.start)
        kind = ipywidgets.IntSlider if all(isinstance(n, int) for n in numbers) else ipywidgets.FloatSlider
        if kind is ipywidgets.FloatSlider:
            look["readout_format"] = f".{_decimals(self.step)}f"
        tooltip = f"{self.label}: {self.low:g} to {self.high:g}, with the arrow keys in steps of {self.step:g}"
        return kind(value=self.start, min=self.low, max=self.high, step=self.step, tooltip=tooltip, **look)


def panel(
    title: str,
    draw: Callable[..., Any],
    *,
    waits_for: str | None = None,
    needs: str | Sequence[str] = (),
    **sliders: Any,
) -> None:
    """Show a panel that runs the student's code again as its sliders move.

    Args:
        title: the headline.
        draw: called with each slider's value by name; runs the code in virtual time, returns what to show: HTML or
            SVG as a string, a timeline, a chart, or a list of these.
        waits_for: the exercise without which the panel cannot draw: "0.1".
        needs: the functions or classes of that exercise, by name.
        **sliders: (min, max, step, start), a list of options, or a widget.
    """
    source = Source(draw, waits_for, (needs,) if isinstance(needs, str) else tuple(needs))
    controls = [Slider.made_from(name, given) for name, given in sliders.items()]
    first = source.picture({control.name: control.start for control in controls})
    settings = ", ".join(f"{control.label} {control.start}" for control in controls)
    head = f'<div style="font-weight:600">{escape(title)}</div>'
    html = f'{head}<div style="font-size:12px;opacity:.8">{escape(settings)}</div>{first.html}'
    text = "\n".join(filter(None, [title, settings, first.text]))
    if views.has_kernel():
        views.show_live(Panel(head, source, controls, first).widget, html, text)
    else:
        views.show_static(html, text)


@dataclass(frozen=True)
class Source:
    """Where pictures come from, and what to say while there are none."""

    draw: Callable[..., Any]
    waits_for: str | None = None
    needs: tuple[str, ...] = ()

    def picture(self, values: Mapping[str, Any]) -> Picture:
        """Run the code and return its picture, or a message in its place."""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                return picture_of(self.draw(**values))
        except AuthorError:
            raise
        except KeyboardInterrupt:
            return message("Interrupted. Move a slider to draw again.", _GREY)
        except BaseException as error:  # a group may hold anything; SystemExit must not end the kernel
            waiting = self._waiting(error)
            return message(waiting, _GREY) if waiting else message(told(error), _RED)

    def _waiting(self, error: BaseException) -> str:
        stub = stub_of(error)
        if stub:
            exercise, name = stub["number"], stub["name"]
        elif isinstance(error, NameError) and error.name in self.needs and self.waits_for:
            exercise, name = self.waits_for, error.name
        elif isinstance(error, NotImplementedError) and self.waits_for:
            exercise, name = self.waits_for, ", ".join(self.needs)
        else:
            return ""
        named = f"{exercise}: {name}" if name else exercise
        return f"This panel waits for exercise {named}.\nWrite it, run its cell, then run this cell again."


class Panel:
    """The widget: controls on top, the picture below.

    Args:
        head: the headline, HTML.
        source: where pictures come from.
        controls: the sliders.
        first: the picture for their start values.
    """

    def __init__(self, head: str, source: Source, controls: Sequence[Slider], first: Picture) -> None:
        import ipywidgets

        self._source = source
        self._busy = self._moved = False
        self.controls = {control.name: control.control() for control in controls}
        self.picture = ipywidgets.HTML(first.html, layout=ipywidgets.Layout(width="100%"))
        children = [ipywidgets.HTML(head), *self.controls.values(), self.picture]
        self.widget = ipywidgets.VBox(children, layout=ipywidgets.Layout(width="100%", max_width="920px"))
        for control in self.controls.values():
            control.observe(self._redraw, "value")

    def _redraw(self, _: Any) -> None:
        """Draw for the present values; a move that arrives while drawing is answered once, after it."""
        self._moved = True
        if self._busy:
            return
        self._busy = True
        try:
            while self._moved:
                self._moved = False
                values = {name: _clean(control.value) for name, control in self.controls.items()}
                self.picture.value = self._source.picture(values).html
        finally:
            self._busy = False


def picture_of(drawn: Any) -> Picture:
    """Return what a draw function returned as a picture."""
    if isinstance(drawn, str):
        return Picture(drawn, _words_of(drawn))
    if isinstance(drawn, (list, tuple)):
        parts = [picture_of(part) for part in drawn]
        return Picture("".join(part.html for part in parts), "\n\n".join(part.text for part in parts))
    bundle = drawn._repr_mimebundle_() if hasattr(drawn, "_repr_mimebundle_") else None
    if isinstance(bundle, Mapping) and "text/html" in bundle:
        return Picture(bundle["text/html"], bundle.get("text/plain", _words_of(bundle["text/html"])))
    if hasattr(drawn, "_repr_html_"):
        html = str(drawn._repr_html_())
        return Picture(html, _words_of(html))
    raise AuthorError(f"expected a drawing from the panel's function: HTML, a timeline or a chart, not {drawn!r}")


def message(text: str, mark: str) -> Picture:
    """Return a message in place of a picture."""
    return Picture(views.note(text, mark=mark), text)


def told(error: BaseException) -> str:
    """Tell an error in two lines: what it is, and the student's innermost line that it passed."""
    where = _students_line(error)
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
        where = _students_line(error) or where
    what = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]
    return f"Your code raised {what}{where}"


def _students_line(error: BaseException) -> str:
    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if not is_library(frame.filename) and "servicelab" not in frame.filename.replace("\\", "/").split("/"):
            where = f"\nin {frame.name}, line {frame.lineno}: {frame.line}" if frame.line else f"\nin {frame.name}"
    return where


def _words_of(html: str) -> str:
    """The text equivalent that a drawing holds, or its words."""
    inside = re.search(r"<desc>(.*?)</desc>", html, re.DOTALL) or re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    return unescape(inside[1] if inside else re.sub(r"<[^>]+>", " ", html)).strip()


def _clean(value: Any) -> Any:
    """A slider's value without the dust of binary fractions: 2.0 where the browser says 1.9999999999999998."""
    return round(value, 9) if isinstance(value, float) else value


def _decimals(step: float) -> int:
    return len(f"{step:.6f}".rstrip("0").partition(".")[2])
