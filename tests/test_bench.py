"""Functions compared with pytest-benchmark, in this process."""

from __future__ import annotations

import pytest

from servicelab.bench import Figures, benchmark
from servicelab.errors import CouldNotBeJudged


def test_the_quicker_function_comes_first():
    found = benchmark({"slow": lambda n: sum(range(n)), "quick": lambda n: n}, 20_000, seconds=0.02)
    assert repr(found) == "milliseconds, the least first: quick, slow"
    assert found.ratio("slow", "quick") > 10


def test_what_a_function_raises_is_raised_as_itself():
    with pytest.raises(ZeroDivisionError):
        benchmark({"broken": lambda n: n / 0}, 1, seconds=0.02)


def test_a_function_that_raises_while_it_is_measured_is_named():
    calls = []

    def breaks_later(n):
        calls.append(n)
        return n / (len(calls) < 2)

    with pytest.raises(CouldNotBeJudged, match=r"^Could not be measured: broken\.$") as raised:
        benchmark({"broken": breaks_later}, 1, seconds=0.02)
    assert "ZeroDivisionError" in raised.value.failure.text()


def test_figures_are_told_without_figures():
    assert repr(Figures("bytes", {"list": 900, "generator": 3})) == "bytes, the least first: generator, list"
