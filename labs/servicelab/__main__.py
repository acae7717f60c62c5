"""The student's commands: `servicelab progress`, `start`, `run`, `load`, `profile`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    share = "write beside a lab's notebook what your instructor may know of it"
    told.add_argument("--share", type=Path, metavar="FOLDER", help=share)
    commands.add_parser("start", help="draw the start page anew", epilog="example: servicelab start")
    _add_service_commands(commands)
    args = parser.parse_args(argv)
    if args.command == "progress" and args.share:
        return _share(args.share)
    if args.command == "progress":
        return _progress(as_json=args.json)
    if args.command == "start":
        return _start()
    return int(args.go(args))


def _add_service_commands(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="your service, from what is solved",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: PORT=8081 servicelab run --from labs",
    )
    run.add_argument("--from", dest="labs", default="labs", metavar="labs|solutions|FOLDER", help="whose solutions")
    run.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="MODULE",
        help="leave a lab out, for instance admission; may be repeated",
    )
    run.add_argument("--settings", action="store_true", help="list the environment variables that it heeds, and stop")
    run.set_defaults(go=_run)
    load = commands.add_parser(
        "load",
        help="send requests at a rate, whether they are answered or not",
        epilog="example: servicelab load http://127.0.0.1:8080/process --rate 200 --seconds 10",
    )
    load.add_argument("url", metavar="URL", help="events are posted to /process and /events, the rest is read")
    load.add_argument("--rate", type=_positive, default=100.0, help="requests a second (100)")
    load.add_argument("--seconds", type=_positive, default=10.0, help="for how long (10)")
    load.add_argument("--token", default="test", help="the bearer token (test)")
    load.add_argument("--json", action="store_true", help="one JSON object")
    load.set_defaults(go=_load)
    profile = commands.add_parser(
        "profile",
        help="fetch a profile from the debug port of a running service",
        epilog="example: servicelab profile cpu --seconds 10 --to cpu.html",
    )
    profile.add_argument("kind", choices=["cpu", "heap", "tasks", "block"])
    profile.add_argument("--port", type=int, default=_debug_port(), help="the debug port ($DEBUG_PORT, else 9000)")
    profile.add_argument("--seconds", type=_positive, default=5.0, help="how long to watch (5; cpu only)")
    profile.add_argument("--format", default="", help="as the debug port knows them: html, speedscope, pprof")
    profile.add_argument("--to", default="", metavar="FILE", help="where to write it; the terminal by default")
    profile.set_defaults(go=_profile)


def _debug_port() -> int:
    """The one that `servicelab run` has with this environment."""
    port = os.environ.get("DEBUG_PORT", "")
    return int(port) if port.isdecimal() else 9000


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, not {text!r}")
    return number


def _run(args: argparse.Namespace) -> int:
    from .service.config import Config
    from .service.main import run
    from .start import labs_folder

    if args.settings:
        print(Config.help())
        return 0
    beside = {"labs": labs_folder(), "solutions": labs_folder().parent / "solutions"}
    return run(beside.get(args.labs, Path(args.labs)), without=frozenset(args.without))


def _load(args: argparse.Namespace) -> int:
    import trio

    from .load import LoadError, Target, generate
    from .service.descriptors import raise_limit

    try:
        target = Target.of(args.url, token=args.token)
    except LoadError as error:
        print(error, file=sys.stderr)
        return 2
    raise_limit()
    report = trio.run(partial(generate, target, rate=args.rate, seconds=args.seconds))
    print(json.dumps(report.as_dict(), indent=1) if args.json else report.text())
    if not report.statuses:
        print(f"nobody answered at {args.url}: is the service running?", file=sys.stderr)
    return 0 if report.statuses else 1


def _profile(args: argparse.Namespace) -> int:
    import httpx

    path = {"cpu": "profile", "heap": "heap", "tasks": "tasks", "block": "block"}[args.kind]
    query = {"seconds": f"{args.seconds:g}"} if args.kind == "cpu" else {}
    query |= {"format": args.format} if args.format else {}
    url = f"http://127.0.0.1:{args.port}/debug/pprof/{path}"
    try:
        answer = httpx.get(url, params=query, timeout=args.seconds + 10, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        print(f"no profile from {url}: {error}; is the service running, with lab 05 solved?", file=sys.stderr)
        return 1
    if args.to:
        Path(args.to).write_bytes(answer.content)
        print(args.to)
    else:
        sys.stdout.buffer.write(answer.content)
    return 0


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


def _share(folder: Path) -> int:
    from .sharing import share

    try:
        file = share(folder.resolve())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{file}: handed in with your notebook; read it, or delete it if you would rather not")
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
