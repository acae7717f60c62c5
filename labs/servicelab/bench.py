"""Compare functions with pytest-benchmark, from a notebook's cell.

pytest runs in this process, so that it can measure what the cells have defined. What it prints is dropped; the figures
are shown while the kernel runs. They differ in every run, so what is stored of an output names no figure.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import CouldNotBeJudged, Failure

if TYPE_CHECKING:
    import pytest

_TESTS = Path(__file__).with_name("benched.py")


@dataclass(frozen=True)
class Figures:
    """Figures that differ from run to run.

    Attributes:
        what: what they are, with their unit.
        values: name -> figure, less is better.
    """

    what: str
    values: dict[str, float]

    def ratio(self, dear: str, cheap: str) -> float:
        """How many times as much `dear` is as `cheap`."""
        return self.values[dear] / self.values[cheap]

    def __repr__(self) -> str:
        """The order, which is stable where the difference is large; no figure."""
        return f"{self.what}, the least first: {', '.join(self._ordered())}"

    def _ordered(self) -> list[str]:
        return sorted(self.values, key=lambda name: self.values[name])

    def _ipython_display_(self) -> None:
        from . import views

        if not views.has_kernel():
            views.show_static(escape(repr(self)), repr(self))
            return
        import ipywidgets

        least = min(self.values.values()) or 1
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td style='text-align:right'>{self.values[name]:,.4g}</td>"
            f"<td style='text-align:right'>{self.values[name] / least:,.3g}</td></tr>"
            for name in self._ordered()
        )
        table = f"<table><tr><th></th><th>{escape(self.what)}</th><th>times the least</th></tr>{rows}</table>"
        views.show_live(ipywidgets.HTML(table), escape(repr(self)), repr(self))


def benchmark(functions: Mapping[str, Callable[[Any], object]], argument: object, *, seconds: float = 0.1) -> Figures:
    """Measure functions of one argument with pytest-benchmark.

    Args:
        functions: name -> function; each is called with `argument` again and again.
        argument: what they get.
        seconds: about how long to measure each.

    Returns:
        The shortest time of each, in milliseconds: what disturbs a measurement only makes it longer.

    Raises:
        Exception: what a function raises, as itself.
        CouldNotBeJudged: if one raises later, while it is measured.
    """
    import pytest

    for function in functions.values():
        function(argument)
    plugin = _Plugin(functions, argument)
    options = ["-q", "-p", "pytest_benchmark.plugin", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull]
    options += ["--rootdir", str(_TESTS.parent), "--import-mode=importlib", "-s", "--tb=line"]
    options += ["--benchmark-warmup=off", "--benchmark-min-rounds=3", f"--benchmark-max-time={seconds}"]
    said = io.StringIO()
    with _alone(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        ended = pytest.main([*options, str(_TESTS)], plugins=[plugin])
    if ended != 0:
        lost = sorted(functions.keys() - plugin.seconds.keys())
        raise CouldNotBeJudged(Failure(f"Could not be measured: {', '.join(lost)}.", look=_reason(said.getvalue())))
    return Figures("milliseconds", {name: 1000 * least for name, least in plugin.seconds.items()})


class _Plugin:
    """Hands the functions to the test, and takes what it has measured."""

    def __init__(self, functions: Mapping[str, Callable[[Any], object]], argument: object) -> None:
        self.functions, self.argument = functions, argument
        self.seconds: dict[str, float] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each function."""
        metafunc.parametrize("name", list(self.functions))
        metafunc.parametrize("plugin", [self], ids=[""])


@contextlib.contextmanager
def _alone() -> Any:
    """Without the plugins of other packages, which cost half a second, and not as a part of a test run around it."""
    before = {name: value for name, value in os.environ.items() if name.startswith("PYTEST_")}
    for name in before:
        del os.environ[name]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update(before)


def _reason(said: str) -> str:
    lines = [line for line in said.splitlines() if "Error" in line]
    return lines[0].strip()[-200:] if lines else said.strip()[-200:]
