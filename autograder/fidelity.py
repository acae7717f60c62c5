"""The grader's own report card: how many wrong submissions it catches, and names, and how many right ones it accepts.

Every case of the corpus is judged in two rounds with other unseen inputs and other schedules, `SCHEDULES` in each. A
verdict that differs between the rounds is a flake.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track

from .corpus import Case, folded, needed, read_cases, with_case
from .course import find_course
from .engine import default_jobs
from .proof import Plan, evaluate, make_plan
from .sandbox import Sandbox
from .transcript import FAILED, PASSED, Verdict

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from nbformat import NotebookNode

    from .course import Lab

SCHEDULES = 100
ROUNDS = ("fidelity round one", "fidelity round two")


@dataclass
class Tally:
    """The figures of one exercise."""

    wrong: int = 0
    caught: int = 0
    named: int = 0
    right: int = 0
    accepted: int = 0
    flakes: int = 0

    def add(self, other: Tally) -> None:
        """Add another exercise's figures."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def perfect(self) -> bool:
        """Whether everything was judged as it deserves."""
        return self.wrong == self.caught == self.named and self.right == self.accepted and self.flakes == 0


@dataclass(frozen=True)
class Outcome:
    """How one case was judged, in words where it was not as it deserves."""

    case: Case
    caught: bool
    named: bool
    flaky: bool
    complaint: str


def examine(
    labs: Sequence[Lab],
    corpus: Path,
    sandbox: Sandbox,
    *,
    jobs: int,
    schedules: int = SCHEDULES,
    rounds: Sequence[str] = ROUNDS,
    quiet: bool = False,
) -> list[Outcome]:
    """Judge every case of a corpus.

    Args:
        labs: the labs to examine.
        corpus: the folder that holds a folder for each lab.
        sandbox: where submissions run.
        jobs: how many at the same time.
        schedules: how many dictated schedules in each round.
        rounds: the secret of each round, from which its unseen inputs come.
        quiet: whether to leave out the progress bar.

    Returns:
        The outcomes, in the order of labs, exercises and file names.
    """
    console = Console(stderr=True, quiet=quiet)
    outcomes: list[Outcome] = []
    for lab in labs:
        if not (cases := read_cases(corpus, lab)):
            continue
        source = lab.notebook()
        planned = partial(make_plan, lab.folder, source, sandbox, schedules=schedules)
        plans = [planned(secret=secret) for secret in rounds]
        with ThreadPoolExecutor(jobs) as pool:
            judged = pool.map(partial(_judge, lab=lab, source=source, plans=plans, sandbox=sandbox), cases)
            outcomes += track(judged, description=lab.folder, total=len(cases), console=console)
    return outcomes


def _judge(case: Case, lab: Lab, source: NotebookNode, plans: Sequence[Plan], sandbox: Sandbox) -> Outcome:
    notebook = with_case(source, lab, case)
    found = [_judge_once(case, notebook, plan, sandbox) for plan in plans]
    caught, named, complaint = found[0]
    return Outcome(case, caught, named, flaky=any(other[:2] != found[0][:2] for other in found), complaint=complaint)


def _judge_once(case: Case, notebook: NotebookNode, plan: Plan, sandbox: Sandbox) -> tuple[bool, bool, str]:
    """Judge a case in one round: by the checks that its header names, and by all others only if that leaves a doubt."""

    def judged_by(checks: Sequence[str]) -> tuple[bool, bool, str]:
        evaluation = evaluate(plan, notebook, sandbox, only=lambda cell: needed(cell, case.exercise, checks))
        return _found(case, list(evaluation.verdicts.values()))

    found = judged_by(case.fails) if case.fails else (False, False, "")
    return found if found[1] else judged_by(("",))


def _found(case: Case, verdicts: Sequence[Verdict]) -> tuple[bool, bool, str]:
    """Whether a case was caught, whether it was named, and what is to be said against that."""
    failing = {verdict.check_id: verdict for verdict in verdicts if verdict.status != PASSED}
    texts = [verdict.failure.text() for verdict in failing.values() if verdict.failure]
    if case.right:
        return bool(failing), False, "\n".join(texts)
    if not failing:
        return False, False, "passes every check"
    missed = [check_id for check_id in case.fails if check_id not in failing]
    told = [v for check_id, v in failing.items() if not case.fails or check_id in case.fails]
    said = [v for v in told if v.status == FAILED and v.failure and folded(case.says) in folded(v.failure.text())]
    if missed or not said:
        why = f"passes {', '.join(missed)}" if missed else f"nobody says {case.says!r}"
        return True, False, "\n".join([why, f"fails {', '.join(failing)}", *texts])
    return True, True, ""


def tallies(outcomes: Iterable[Outcome]) -> dict[str, Tally]:
    """The figures by exercise: `{"00/0.2": Tally(...)}`."""
    by_exercise: dict[str, Tally] = {}
    for outcome in outcomes:
        case = outcome.case
        tally = by_exercise.setdefault(f"{case.lab[:2]}/{case.exercise}", Tally())
        tally.flakes += outcome.flaky
        if case.right:
            tally.right += 1
            tally.accepted += not outcome.caught
        else:
            tally.wrong += 1
            tally.caught += outcome.caught
            tally.named += outcome.named
    return by_exercise


def total(by_exercise: dict[str, Tally]) -> Tally:
    """The sum over all exercises."""
    summed = Tally()
    for tally in by_exercise.values():
        summed.add(tally)
    return summed


def table(by_exercise: dict[str, Tally]) -> str:
    """The figures as a Markdown table."""
    rows = ["| exercise | wrong caught | with the right message | right accepted | flakes |", "|---|---|---|---|---|"]
    for name, tally in [*by_exercise.items(), ("**all**", total(by_exercise))]:
        caught, named = f"{tally.caught} / {tally.wrong}", f"{tally.named} / {tally.wrong}"
        rows.append(f"| {name} | {caught} | {named} | {tally.accepted} / {tally.right} | {tally.flakes} |")
    return "\n".join(rows)


QUALITY = """\
# The grader's report card

Generated by `autograder fidelity --write QUALITY.md`; `make test` fails when it is not true any more.

Every wrong submission in `tests/submissions/` holds one misconception and must fail, with the message that names it.
Every right one solves its exercise in another way and must pass. Each is judged in {rounds} rounds with other unseen
inputs and other schedules; a verdict that differs between rounds is a flake.

{table}
"""


def quality_page(by_exercise: dict[str, Tally]) -> str:
    """The text of `QUALITY.md`."""
    return QUALITY.format(rounds=len(ROUNDS), table=table(by_exercise))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define `autograder fidelity`."""
    parser.add_argument("labs", nargs="*", metavar="LAB", help="number, slug or folder; all by default")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="another corpus of the same form")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--jobs", type=int, default=default_jobs(), metavar="N", help="submissions at the same time")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table to FILE")
    parser.add_argument("--unsafe", action="store_true", help="run without a jail where none can be built")


def main(args: argparse.Namespace) -> int:
    """Run `autograder fidelity`: 0 if everything is judged as it deserves, else 1."""
    course = find_course(getattr(args, "course", None))
    corpus = args.corpus or course.root / "tests" / "submissions"
    with Sandbox(unsafe=args.unsafe) as sandbox:
        outcomes = examine(course.labs(args.labs), corpus, sandbox, jobs=args.jobs, quiet=args.json)
    by_exercise = tallies(outcomes)
    summed = total(by_exercise)
    if args.json:
        exercises = {name: asdict(tally) for name, tally in by_exercise.items()}
        print(json.dumps({"exercises": exercises, "totals": asdict(summed)}))
    else:
        print(table(by_exercise))
    if args.write:
        args.write.write_text(quality_page(by_exercise), encoding="utf-8")
    for outcome in outcomes:
        if outcome.complaint or outcome.flaky:
            flaky = "differs between rounds" if outcome.flaky else ""
            print(f"{outcome.case}: {'; '.join(filter(None, [flaky, outcome.complaint]))}", file=sys.stderr)
    if not outcomes:
        print(f"nothing to examine: no cases for these labs in {corpus}", file=sys.stderr)
    return 0 if summed.perfect and outcomes else 1
