"""Attack the grader: a class of hostile and of odd submissions, graded as an instructor would, and what it cost.

Theory of operation
===================
1. The class is made of the hostile corpus (`hostile`), with an honest bystander after every few. The course is a copy
   of the real one, cut down to the first exercise of a lab, so that a run stays short.
2. `autograder grade` runs as a process of its own, with its own folder for temporary files, and is ended at a time
   bound. This process adopts whatever that one leaves behind.
3. Scores are compared with what was deserved. Then traces are looked for (`harm`).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress

from . import harm
from .course import find_course
from .engine import default_jobs
from .errors import GraderError
from .hostile import Outcome, make_arena, read_attacks, write_class
from .jail import LEVELS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from .hostile import Arena, Attack

SAYS = "autograder: "  # how a command begins what it cannot do
BASE_S, EACH_S = 240.0, 15.0  # the time bound of a run: for all, and for each submission


def run_attack(
    arena: Arena,
    attacks: Sequence[Attack],
    *,
    jobs: int,
    unsafe: bool = False,
    level: str | None = None,
    limit_s: float | None = None,
    quiet: bool = False,
) -> Outcome:
    """Grade a class of attacks and look for what they did.

    Args:
        arena: where.
        attacks: the corpus.
        jobs: how many notebooks run at the same time.
        unsafe: whether to go on without a jail where none can be built.
        level: exactly this level of isolation; the strongest that there is by default.
        limit_s: when to end it; from the number of submissions by default.
        quiet: whether to leave out the progress bar.
    """
    students = write_class(arena, attacks)
    full = sum(check.points for check in arena.lab.checks)
    before = harm.state(arena)
    harm.be_subreaper(True)
    try:
        limit_s = limit_s or BASE_S + EACH_S * len(students)
        rows, wall_s, late = _graded(arena, len(students), jobs, unsafe, limit_s, quiet, level)
        outcome = Outcome(students, rows, full, wall_s=wall_s, late=late)
        outcome.harm += harm.processes_left()
    finally:
        harm.be_subreaper(False)
    outcome.harm += harm.changed(before, harm.state(arena))
    outcome.harm += harm.strangers(arena, outcome)
    outcome.harm += harm.on_pages(arena, outcome)
    return outcome


def _graded(
    arena: Arena, students: int, jobs: int, unsafe: bool, limit_s: float, quiet: bool, level: str | None = None
) -> tuple[dict[str, dict[str, Any]], float, bool]:
    """Run `autograder grade` and read what it says; whether it had to be ended.

    Raises:
        GraderError: if it says that it cannot begin.
    """
    command = [sys.executable, "-m", "autograder", "grade", arena.lab.folder, "--json", "--jobs", str(jobs)]
    command += ["--root", str(arena.workspace), "--course", str(arena.course.root)]
    command += [*(["--unsafe"] if unsafe else []), *(["--level", level] if level else [])]
    environment = {**os.environ, "TMPDIR": str(arena.temporary), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    started = time.monotonic()
    said, complaints = arena.root / "said.json", arena.root / "complaints.txt"
    with (
        said.open("wb") as out,
        complaints.open("wb") as err,
        Progress(console=Console(stderr=True, quiet=quiet)) as bar,
    ):
        process = subprocess.Popen(
            command, stdout=out, stderr=err, env=environment, cwd=arena.root, start_new_session=True
        )
        task = bar.add_task(arena.lab.folder, total=students)
        while _still_running(process) and time.monotonic() - started < limit_s:
            bar.update(task, completed=len(list(arena.workspace.glob("autograded/*/*/verdict.json"))))
        late = process.poll() is None
        if late:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    try:
        rows = json.loads(said.read_text(encoding="utf-8"))["students"]
    except (ValueError, KeyError, TypeError):
        rows = _written(arena)
        told = complaints.read_text(errors="replace").strip()
        last = told.rpartition("\n")[2]
        if not late and not rows and last.startswith(SAYS):  # it would not begin: that is nobody's attack
            raise GraderError(f"nothing was graded: {last.removeprefix(SAYS)}") from None
        if not late:
            print(told[-2000:], file=sys.stderr)
    return rows, time.monotonic() - started, late


def _still_running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(0.5)
    except subprocess.TimeoutExpired:
        return True
    return False


def _written(arena: Arena) -> dict[str, dict[str, Any]]:
    """What was written for each student until the end came."""
    rows = {}
    for path in arena.workspace.glob("autograded/*/*/verdict.json"):
        with contextlib.suppress(OSError, ValueError):
            rows[path.parent.parent.name] = json.loads(path.read_text(encoding="utf-8"))
    return rows


# --- the command ---
def report(outcome: Outcome) -> Iterator[str]:
    """The outcome in words, a line each."""
    for student, attack in outcome.students.items():
        if attack is not None:
            row = outcome.rows.get(student)
            told = f"{float(row['score']):g} / {outcome.full:g}, {row['status']}" if row else "unfinished"
            yield f"{'honest' if attack.honest else 'hostile':8} {attack.name:34} {told:24} {attack.about}"
    yield ""
    yield f"isolation and grading took {outcome.wall_s:.0f} s" + (
        " and were ended at the time bound" if outcome.late else ""
    )
    for name, value in outcome.figures().items():
        yield f"{name}: {value:g}"


def complaints(outcome: Outcome) -> Iterable[str]:
    """What is not as it should be, a line each."""
    yield from (f"{student}: {points:g} undeserved points" for student, points in outcome.undeserved.items())
    yield from (f"{student}: {points:g} points lost" for student, points in outcome.lost.items())
    yield from (f"{student}: not graded" for student in outcome.unfinished)
    yield from outcome.harmed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define `autograder attack`."""
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="another hostile corpus of the same form")
    parser.add_argument("--lab", default="00", metavar="LAB", help="number, slug or folder (default: 00)")
    parser.add_argument("--whole", action="store_true", help="the whole lab, not its first exercise only")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make the class in DIR and leave it there")
    parser.add_argument("--limit", type=float, metavar="S", help="end the run after S seconds")
    parser.add_argument("--jobs", type=int, default=default_jobs(), metavar="N", help="notebooks at the same time")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--unsafe", action="store_true", help="run without a jail where none can be built")
    parser.add_argument("--level", choices=LEVELS, help="exactly this isolation (default: the strongest that holds)")


def main(args: argparse.Namespace) -> int:
    """Run `autograder attack`: 0 if nothing was gained, lost, left undone or harmed, else 1."""
    course = find_course(getattr(args, "course", None))
    attacks = read_attacks(args.corpus or course.root / "tests" / "submissions" / "hostile")
    attacks = [attack for attack in attacks if not args.only or attack.name in args.only]
    root = args.keep or Path(tempfile.mkdtemp(prefix="autograder-attack-"))
    try:
        arena = make_arena(root.resolve(), course, course.lab(args.lab), whole=args.whole)
        how = {"unsafe": args.unsafe, "level": args.level, "limit_s": args.limit}
        outcome = run_attack(arena, attacks, jobs=args.jobs, quiet=args.json, **how)
    finally:
        if not args.keep:
            shutil.rmtree(root, ignore_errors=True)
    figures = outcome.figures()
    if args.json:
        print(json.dumps(figures))
    else:
        print("\n".join(report(outcome)))
    for complaint in complaints(outcome):
        print(complaint, file=sys.stderr)
    return 1 if any(value for name, value in figures.items() if name != "submissions") else 0
