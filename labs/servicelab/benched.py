"""The test that `bench.benchmark` lets pytest run: pytest-benchmark wants a test function in a file."""

from __future__ import annotations

from typing import Any


def test_speed(benchmark: Any, name: str, plugin: Any) -> None:
    """Measure one function."""
    benchmark(plugin.functions[name], plugin.argument)
    plugin.seconds[name] = benchmark.stats.stats.min
