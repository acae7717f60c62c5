"""The student's commands: `servicelab progress`, `servicelab start`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .progress_table import Row


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 for done, 2 for wrong use."""
    example = "example: servicelab progress --json"
    parser = argparse.ArgumentParser(prog="servicelab", description=__doc__, epilog=example)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    told = commands.add_parser("progress", help="what is solved so far", epilog=example)
    told.add_argument("--json", action="store_true", help="one JSON object: exercise -> passed, attempted, checks")
    commands.add_parser("start", help="draw the start page anew", epilog="example: servicelab start")
    args = parser.parse_args(argv)
    return _progress(as_json=args.json) if args.command == "progress" else _start()


def _progress(*, as_json: bool) -> int:
    from .progress import progress, summary

    if as_json:
        print(json.dumps(summary(), indent=1))
        return 0
    table = progress()
    if table.rows and sys.stdout.isatty():
        _print_table(table.rows)
    else:
        print(table.text())
    return 0


def _print_table(rows: Sequence[Row]) -> None:
    from rich.console import Console
    from rich.table import Table

    from .progress_table import bar

    table = Table("Lab", "Exercise", "Checks", "", "Hints")
    lab = None
    for row in rows:
        colour = "green" if row.state == "solved" else "blue"
        title = row.lab if row.lab != lab else ""
        table.add_row(title, row.exercise, f"[{colour}]{bar(row)}", row.state, str(row.hints or ""))
        lab = row.lab
    Console().print(table)


def _start() -> int:
    from .start import labs_folder, write_start_page

    print(write_start_page(labs_folder()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
