"""A live dashboard of a service beside the kernel: what it does, its switches, start and stop.

Theory of operation
===================
1. The service runs on a real port, in a thread of its own (`live`), behind a `Meter`. A second thread asks it twice a
   second, in the service's own trio, and redraws. Both go on while a cell of the notebook computes.
2. If the service's loop does not answer, the dashboard says so: that is what a blocked loop looks like from outside.
3. Gauges are the author's: anything that the service can tell about itself in a number or a word, each a function that
   is called inside the service's trio. Numbers are drawn over time, words are shown.
4. What is stored of the output says what the dashboard shows and holds no figure: those differ in every run.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from . import charts, views
from .live import Live, ServiceError, serve_live
from .meter import Meter, Reading

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    Gauges = Mapping[str, Callable[[], Any]]
    Switches = Mapping[str, tuple[Callable[[str], object], Iterable[str]]]

WINDOW_S, PERIOD_S = 30.0, 0.5
_CELL = "text-align:left;padding:1px 12px 1px 0;vertical-align:top;line-height:1.4"
_KEPT = int(WINDOW_S / PERIOD_S)


def dashboard(app: ASGIApp, *, gauges: Gauges = {}, switches: Switches = {}, name: str = "service") -> Live:  # noqa: B006  # only read
    """Serve an application and show what it does, until it is stopped.

    Args:
        app: an ASGI application.
        gauges: name -> a function that returns a number or a word: tickets that are free, the length of a queue, the
            state of a breaker, readiness.
        switches: name -> a function that is called inside the service with the option chosen, and the options, the
            first of which holds at the beginning.
        name: as for `serve_live`.

    Returns:
        The running service, as `serve_live` returns it.

    Raises:
        ServiceError: as for `serve_live`.
    """
    board = Dashboard(app, gauges, switches, name)
    live = board.start()
    told = board.told()
    html = f"<pre>{escape(told)}</pre>"
    if views.has_kernel():
        views.show_live(board.widget(), html, told)
        board.watch()
    else:
        views.show_static(html, told)
    return live


class Dashboard:
    """A service, its readings so far, and what is drawn of them; arguments as for `dashboard`."""

    def __init__(self, app: ASGIApp, gauges: Gauges, switches: Switches, name: str) -> None:
        self._app, self._gauges, self._name = app, dict(gauges), name
        self._switches = {label: (turn, list(options)) for label, (turn, options) in switches.items()}
        self._meter = Meter(app)
        self._live: Live | None = None
        self.readings: deque[tuple[Reading, dict[str, Any]]] = deque(maxlen=_KEPT)
        self._over = threading.Event()
        self._picture: Any = None

    def start(self) -> Live:
        """Start the service, unless it runs."""
        if self._live is None or not self._live.running:
            self._meter = Meter(self._app)
            port = 0 if self._live is None else self._live.port  # whoever knows its address finds it again
            self._live = serve_live(self._meter, port=port, name=self._name)
        return self._live

    def stop(self) -> None:
        """Stop the service."""
        if self._live is not None:
            self._live.stop()

    def look(self) -> None:
        """Take a reading, inside of the service."""
        if self._live is not None and self._live.running:
            self.readings.append(self._live.call(self._read))

    async def _read(self) -> tuple[Reading, dict[str, Any]]:
        return self._meter.read(), {name: _value_of(gauge) for name, gauge in self._gauges.items()}

    # --- what is shown ---
    def html(self) -> str:
        """The latest reading as a table, and the last half minute as charts."""
        if self._live is None or not self._live.running:
            return views.note(f"The {self._name} is stopped.")
        if not self.readings:
            return views.note(f"The {self._name} runs; the first reading comes in a moment.")
        reading, values = self.readings[-1]
        rows = {"address": self._live.url, **_rows(reading), **{name: _word(value) for name, value in values.items()}}
        cells = "".join(
            f'<tr><th scope="row" style="{_CELL}">{escape(key)}</th><td style="{_CELL}">{escape(value)}</td></tr>'
            for key, value in rows.items()
        )
        return f'<table style="font-size:13px">{cells}</table>' + "".join(chart.svg for chart in self._charts())

    def _charts(self) -> list[charts.Chart]:
        now = self.readings[-1][0].at_s
        at = [round(reading.at_s - now, 1) for reading, _ in self.readings]
        rate = {"answers": list(zip(at, (reading.rate for reading, _ in self.readings), strict=True))}
        latency = {
            f"{share} %": [
                (when, reading.latency_ms[share])
                for when, (reading, _) in zip(at, self.readings, strict=True)
                if reading.latency_ms
            ]
            for share in (50, 99)
        }
        numbers = {
            name: [(when, float(values[name])) for when, (_, values) in zip(at, self.readings, strict=True)]
            for name, value in self.readings[-1][1].items()
            if _is_number(value) and all(_is_number(values[name]) for _, values in self.readings)
        }
        in_flight = [(when, float(reading.in_flight)) for when, (reading, _) in zip(at, self.readings, strict=True)]
        ago = "seconds, now is 0"
        return [
            charts.lines(rate, ago, "answers a second", title="Rate", height=150),
            charts.lines(latency, ago, "milliseconds", title="Latency", height=150),
            charts.steps({"in flight": in_flight, **numbers}, ago, "number", title="Inside", height=170),
        ]

    def told(self) -> str:
        """What the dashboard shows, in words, without a figure."""
        lines = [f"Dashboard of the {self._name}: rate, latency, in flight"]
        lines += [f"gauges: {', '.join(self._gauges)}"] if self._gauges else []
        lines += [f"{label}: {' | '.join(options)}" for label, (_, options) in self._switches.items()]
        return "\n".join([*lines, "start | stop"])

    # --- the widget, and the thread that keeps it fresh ---
    def widget(self) -> Any:
        """The widget: start and stop, the switches, the picture."""
        import ipywidgets

        self._picture = ipywidgets.HTML(self.html(), layout=ipywidgets.Layout(width="100%"))
        auto = ipywidgets.Layout(width="auto")
        begin = ipywidgets.Button(description="Start", tooltip=f"Start the {self._name}", layout=auto)
        end = ipywidgets.Button(description="Stop", tooltip=f"Stop the {self._name}", layout=auto)
        begin.on_click(lambda _: self._do(self.start))
        end.on_click(lambda _: self._do(self.stop))
        rows = [self._switch(label, turn, options) for label, (turn, options) in self._switches.items()]
        return ipywidgets.VBox([ipywidgets.HBox([begin, end]), *rows, self._picture])

    def _switch(self, label: str, turn: Callable[[str], object], options: list[str]) -> Any:
        import ipywidgets

        buttons = ipywidgets.ToggleButtons(options=options, description=label, style={"description_width": "initial"})

        async def inside(option: str) -> None:
            turn(option)

        def turned(change: Any) -> None:
            live = self._live
            self._do(lambda: live.call(inside, change["new"]) if live is not None and live.running else None)

        buttons.observe(turned, "value")
        return buttons

    def _do(self, act: Callable[[], object]) -> None:
        try:
            act()
            self._picture.value = self.html()
        except ServiceError as error:
            self._picture.value = views.note(str(error), mark="#b3123a")
        self.watch()

    def watch(self) -> None:
        """Begin to take readings and to redraw, until the service is stopped."""
        self._over.set()  # an earlier watch ends
        self._over = threading.Event()
        threading.Thread(target=self._watch, args=(self._over,), name=f"dashboard-{self._name}", daemon=True).start()

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(PERIOD_S):
            if self._live is None or not self._live.running:
                self._picture.value = self.html()
                return
            looking = threading.Thread(target=self._look_quietly, daemon=True)
            looking.start()
            looking.join(2 * PERIOD_S)
            stuck = "its loop does not answer: something blocks it" if looking.is_alive() else ""
            self._picture.value = views.note(f"The {self._name} runs, but {stuck}.") if stuck else self.html()
            looking.join()

    def _look_quietly(self) -> None:
        try:
            self.look()
        except Exception:  # it is being stopped: the next round says so
            return


def _value_of(gauge: Callable[[], Any]) -> Any:
    try:
        return gauge()
    except Exception as error:  # the author's or the student's code, perhaps before its start
        return type(error).__name__


def _rows(reading: Reading) -> dict[str, str]:
    latency = ", ".join(f"{share} %: {value:.1f} ms" for share, value in reading.latency_ms.items())
    answers = ", ".join(f"{count} {status}" for status, count in reading.statuses.items())
    return {
        "rate": f"{reading.rate:.1f} answers a second",
        "answers": answers or "none in the last seconds",
        "latency": latency or "no answer in the last seconds",
        "in flight": str(reading.in_flight),
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _word(value: Any) -> str:
    return (
        {True: "yes", False: "no"}[value]
        if isinstance(value, bool)
        else f"{value:g}"
        if _is_number(value)
        else str(value)
    )
