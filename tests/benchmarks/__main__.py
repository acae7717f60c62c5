"""Run the benchmarks: `python -m tests.benchmarks [--only NAME]`."""

from __future__ import annotations

import argparse
import json
import platform
from pathlib import Path
from typing import Any

from . import course, grading, overload, repeat, schedules, service, sliders

BENCHMARKS = {
    "schedules": schedules.measure,
    "sliders": sliders.measure,
    "grading": grading.measure,
    "course": course.measure,
    "repeat": repeat.measure,
    "overload": overload.measure,
    "service": service.measure,
}


def main() -> int:
    """Print each figure as it is measured, and write them all to `bench.json`."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", epilog="example: python -m tests.benchmarks --only schedules"
    )
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="only this benchmark; may be repeated")
    parser.add_argument(
        "--to", type=Path, default=Path("bench.json"), metavar="FILE", help="where to write the figures"
    )
    args = parser.parse_args()
    figures: dict[str, Any] = {"python": platform.python_version(), "machine": platform.machine()}
    for name in args.only or BENCHMARKS:
        for key, value in BENCHMARKS[name]().items():
            for name, row in value.items() if isinstance(value, dict) else [("", value)]:
                print(f"{key}{name and '.'}{name}: {row}", flush=True)
            figures[key] = figures.get(key, {}) | value if isinstance(value, dict) else value
    args.to.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
