"""The command line: `autograder <command>`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from . import trouble
from .errors import AutograderError


class Command(NamedTuple):
    """One command: the module with its `add_arguments` and `main`, imported only when it is used."""

    module: str
    does: str
    example: str


COMMANDS = {
    "release": Command(
        "release", "make the students' notebooks in labs/ from solutions/", "autograder release 00 --check"
    ),
    "lint": Command("lint", "say everything that is wrong with a lab", "autograder lint 00-first-nursery"),
    "new": Command(
        "skeleton", "begin a lab: a skeleton that runs and says what to fill in", "autograder new 06-retries"
    ),
    "outputs": Command("outputs", "run the source notebooks and store their outputs", "autograder outputs readyz"),
    "course": Command("classroom", "a class on one machine, with nbgrader's exchange", "autograder course ../my-class"),
    "grade": Command("grade", "grade what was collected in submitted/", "autograder grade 00 --student ada --jobs 4"),
    "regrade": Command(
        "regrade", "after a check was mended: who changes and why, then write it", "autograder regrade 00"
    ),
    "report": Command("report", "what a graded class understood: one HTML page, and a CSV", "autograder report 00"),
    "fidelity": Command("fidelity", "the grader's own report card", "autograder fidelity 00 01 --json"),
    "attack": Command("attack", "try to fool, stop and harm the grader", "autograder attack --json"),
    "demo": Command("demo", "a small synthetic class, graded end to end", "autograder demo"),
}


def build_parser(chosen: str | None) -> argparse.ArgumentParser:
    """Return the parser; only the chosen command's module is imported."""
    parser = argparse.ArgumentParser(
        prog="autograder",
        description="The instructor's side of the labs.",
        epilog="example: autograder release --check",
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--course", metavar="DIR", help="the course's folder; else AUTOGRADER_COURSE, else found from here"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        described = f"{command.does[0].upper()}{command.does[1:]}."
        sub = commands.add_parser(
            name, parents=[common], help=command.does, description=described, epilog=f"example: {command.example}"
        )
        if name == chosen:
            module = importlib.import_module(f".{command.module}", __package__)
            module.add_arguments(sub)
            sub.set_defaults(run=module.main)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 something fell short, 2 wrong use."""
    # jsonschema tries to import it for a format that no schema here has, and it takes a second to compile its grammar
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: as if it were not installed
    arguments = list(sys.argv[1:] if argv is None else argv)
    chosen = next((argument for argument in arguments if argument in COMMANDS), None)
    try:
        args = build_parser(chosen).parse_args(arguments)
        code: int = args.run(args)
    except AutograderError as error:
        _refused(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        print("autograder: interrupted; what is finished is kept, start the same command to go on", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _refused(trouble.in_words(error))
    except Exception as error:
        if (told := trouble.of_database(error)) is None:
            raise
        return _refused(told)
    return code


def _refused(message: str) -> int:
    print(f"autograder: {' '.join(message.split())}", file=sys.stderr)
    return 1
