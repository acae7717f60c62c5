"""Functions compared with pytest-benchmark, in this process."""

from __future__ import annotations

import pytest

from servicelab.bench import Figures, benchmark
from servicelab.errors import CouldNotBeJudged


def test_the_quicker_function_comes_first():
    found = benchmark({"slow": lambda n: sum(range(n)), "quick": lambda n: n}, 20_000, seconds=0.02)
    assert repr(found) == "milliseconds, the least first: quick, slow"
    assert found.ratio("slow", "quick") > 10


def test_a_function_that_raises_is_named():
    with pytest.raises(CouldNotBeJudged, match=r"^Could not be measured: broken\.$") as raised:
        benchmark({"broken": lambda n: n / 0}, 1, seconds=0.02)
    assert "ZeroDivisionError" in raised.value.failure.text()


def test_figures_are_told_without_figures():
    assert repr(Figures("bytes", {"list": 900, "generator": 3})) == "bytes, the least first: generator, list"
