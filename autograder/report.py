"""`autograder report LAB`: what a class understood, on one page that works offline, and a CSV for the LMS beside it.

The page holds everything it needs: no script, no font, no address of anything. What students wrote comes through
Jinja2's escaping, and a policy in the page's head forbids a browser to run or fetch anything. The CSV has the columns
of `nbgrader export`.
"""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from nbgrader.api import Gradebook, MissingEntry

from . import likeness, misconceptions, notebooks, report_charts
from .corpus import read_cases
from .course import find_course
from .errors import UsageError
from .results import MISSING, read_class
from .shared import read_shared
from .transcript import FAILED, NOT_ATTEMPTED, NOT_JUDGED, PASSED
from .workspace import GRADED, Workspace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from .course import Lab
    from .results import Result

_WHO = ("student_id", "last_name", "first_name", "email")
_POINTS = ("raw_score", "late_submission_penalty", "score", "max_score")
COLUMNS = ("assignment", "duedate", "timestamp", *_WHO, *_POINTS)
MANY = 12  # names; more are one click away
SHOWN_FIRST = 12  # misconceptions; the others are one click away
OUTCOMES = (PASSED, FAILED, NOT_JUDGED, NOT_ATTEMPTED)


@dataclass(frozen=True)
class Promise:
    """One check of the lab and how the class did.

    Attributes:
        id: "0.2-first-wins".
        title: what it promises.
        points: what it is worth.
        hidden: whether students do not see it.
        counts: how many submissions it passed, failed, could not judge, found not attempted.
    """

    id: str
    title: str
    points: float
    hidden: bool
    counts: dict[str, int]

    @property
    def bar(self) -> str:
        """The counts as a picture."""
        return report_charts.stacked(self.counts, self.title)


def promises(lab: Lab, results: Sequence[Result]) -> dict[str, list[Promise]]:
    """How the class did on each check, by exercise."""
    found: dict[str, list[Promise]] = {}
    for check in lab.checks:
        seen = Counter(result.checks[check.id].status for result in results if check.id in result.checks)
        counts = {status: seen[status] for status in OUTCOMES}
        found.setdefault(check.exercise, []).append(Promise(check.id, check.title, check.points, check.hidden, counts))
    return found


def page(workspace: Workspace, lab: Lab, corpus: Path) -> str:
    """The report of a graded class.

    Args:
        workspace: where it was graded.
        lab: the lab.
        corpus: folder of the wrong and right submissions.
    """
    results = read_class(workspace, lab)
    handed_in = [result for result in results if result.status != MISSING and result.checks]
    found = misconceptions.shown(lab, read_cases(corpus, lab), handed_in)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            lab=lab,
            now=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
            results=results,
            handed_in=handed_in,
            figures=_figures(results, handed_in),
            histogram=report_charts.histogram([one.score / one.max_score for one in handed_in if one.max_score]),
            misconceptions=found,
            mistaken=len({student for one in found for student in one.students}),
            untried=sum(_untried(result) for result in handed_in),
            shown_first=SHOWN_FIRST,
            titles={exercise.id: exercise.title for exercise in lab.exercises},
            exercises=[(exercise, promises(lab, handed_in).get(exercise.id, [])) for exercise in lab.exercises],
            outcomes=report_charts.COLOURS,
            fell_short=[result for result in results if result.status not in (GRADED, MISSING)],
            out_of_time=[result for result in results if result.out_of_time],
            flagged=flagged(results),
            many=MANY,
            groups=likeness.groups(handed_in),
            shortest=likeness.SHORTEST,
            alike=likeness.ALIKE,
            shared=read_shared(workspace, lab),
        )
    )


def _figures(results: Sequence[Result], handed_in: Sequence[Result]) -> list[tuple[str, str]]:
    """What stands on top of the page: words and numbers."""
    scores = [result.score for result in handed_in]
    most = max((result.max_score for result in handed_in), default=0.0)
    return [
        ("students", f"{len(results)}"),
        ("graded", f"{len(handed_in)}"),
        ("nothing handed in", f"{sum(result.status == MISSING for result in results)}"),
        ("median", f"{statistics.median(scores):g} / {most:g}" if scores else "-"),
        ("full marks so far", f"{sum(_full(result) for result in handed_in)}"),
        ("wait for a person", f"{sum(result.waits for result in handed_in)}"),
        ("late, with a penalty", f"{sum(result.penalty > 0 for result in handed_in)}"),
    ]


def _full(result: Result) -> bool:
    return all(check.status == PASSED for check in result.checks.values())


def flagged(results: Sequence[Result]) -> list[tuple[str, list[str]]]:
    """Each sign that a person should look, with who shows it; what most show comes first."""
    found: dict[str, list[str]] = {}
    for result in results:
        for evidence in dict.fromkeys(result.evidence):
            found.setdefault(evidence, []).append(result.student)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def _untried(result: Result) -> bool:
    return any(check.status == NOT_ATTEMPTED for check in result.checks.values())


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("autograder", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["count"] = lambda number, noun: f"{number} {noun}{'' if number == 1 else 's'}"
    return made


# --- for the LMS ---
def export(workspace: Workspace, lab: Lab) -> str:
    """The lab's scores with the columns of `nbgrader export`, quoted where that writes a comma as it is."""
    written = io.StringIO()
    out = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    out.writeheader()
    with Gradebook(workspace.db_url, workspace.course.course_id) as gradebook:
        assignment = gradebook.find_assignment(lab.folder)
        for student in gradebook.students:
            fields: dict[str, Any] = {"assignment": assignment.name, "duedate": assignment.duedate}
            fields |= {"student_id": student.id, "max_score": assignment.max_score, "email": student.email}
            fields |= {"last_name": student.last_name, "first_name": student.first_name}
            out.writerow(fields | _scores(gradebook, lab.folder, student.id))
    return written.getvalue()


def _scores(gradebook: Gradebook, lab: str, student: str) -> dict[str, Any]:
    try:
        submission = gradebook.find_submission(lab, student)
    except MissingEntry:
        return {"timestamp": "", "raw_score": 0.0, "late_submission_penalty": 0.0, "score": 0.0}
    penalty = submission.late_submission_penalty
    score = max(0.0, submission.score - penalty)
    timestamp = submission.timestamp
    return {"timestamp": timestamp, "raw_score": submission.score, "late_submission_penalty": penalty, "score": score}


def write(workspace: Workspace, lab: Lab, corpus: Path | None = None) -> Iterator[Path]:
    """Write `reports/LAB.html` and `reports/LAB.csv`, and yield their paths.

    Args:
        workspace: where the class was graded.
        lab: the lab.
        corpus: folder of the wrong and right submissions; the course's own by default.
    """
    text = page(workspace, lab, corpus or workspace.course.root / "tests" / "submissions")
    for suffix, content in ((".html", text), (".csv", export(workspace, lab))):
        path = workspace.root / "reports" / f"{lab.folder}{suffix}"
        notebooks.write(path, content)
        yield path


# --- the command ---
def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Define `autograder report`."""
    parser.add_argument("lab", metavar="LAB", help="number, slug or folder of the lab")
    parser.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="folder with gradebook.db (default: here)"
    )
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="another corpus of misconceptions")


def main(args: argparse.Namespace) -> int:
    """Run `autograder report`: write `reports/LAB.html` and `reports/LAB.csv`."""
    course = find_course(getattr(args, "course", None))
    lab = course.lab(args.lab)
    workspace = Workspace(args.root.resolve(), course)
    if not workspace.has_graded(lab.folder):
        first = f"autograder grade {lab.number} first, or give --root DIR"
        raise UsageError(f"nothing of {lab.folder} is graded in {args.root}: {first}")
    for path in write(workspace, lab, args.corpus):
        print(course.relative(path))
    return 0
