"""A class of 200 synthetic students through the whole course: released, handed in, graded, reported, given back.

The class is made of the lab's corpus: some hand in the reference, some another right answer, some a wrong one, whose
misconception is then known, some nothing at all. So the report can be held against what was planted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from autograder.classroom import Classroom
from autograder.corpus import read_cases, with_case
from autograder.course import find_course
from autograder.demo import handed_in
from autograder.misconceptions import shown
from autograder.release import generate
from autograder.results import read_class
from autograder.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.corpus import Case
    from autograder.course import Lab

LAB = "00"
CLASS = int(os.environ.get("SERVICELAB_BENCH_COURSE", "200"))
PLANTED = 12  # misconceptions, the first one most often
EVERY_S = 15.0  # seconds between two signs of life
STAMP = "2030-01-01 12:00:00 UTC"


@dataclass(frozen=True)
class Student:
    """Somebody of the class: the case of the corpus that is handed in; None for the reference."""

    name: str
    case: Case | None


def measure() -> dict[str, object]:
    """Put the class through the course.

    Returns:
        `course`: how many students, seconds of each step, and of the planted misconceptions how many the report names
        with exactly the right students.
    """
    lab = find_course(Path(__file__).resolve().parents[2]).lab(LAB)
    students = _students(lab)
    with tempfile.TemporaryDirectory(prefix="servicelab-bench-") as folder:
        room = Classroom(Path(folder) / "class", lab.course)
        started = time.perf_counter()
        room.make([{"id": one.name, "first_name": "", "last_name": "", "email": ""} for one in students])
        seconds = {"course": time.perf_counter() - started}
        _say(f"a class of {len(students)} made in {seconds['course']:.1f} s")
        seconds["release"] = _timed(room, "nbgrader", "release_assignment", lab.folder)
        _hand_in(room, lab, students)
        seconds["collect"] = _timed(room, "nbgrader", "collect", lab.folder)
        seconds["grade"] = _timed(room, "autograder", "grade", lab.number)
        seconds["report"] = _timed(room, "autograder", "report", lab.number)
        seconds["release_feedback"] = _timed(room, "nbgrader", "release_feedback", lab.folder)
        pages = len(list((room.exchange / lab.course.course_id / "feedback").glob("*.html")))
        planted, named = _compared(room, lab, students)
    return {
        "course": {
            "students": len(students),
            "seconds": {step: round(taken, 1) for step, taken in seconds.items()},
            "feedback_pages": pages,
            "misconceptions_planted": planted,
            "misconceptions_named_with_the_right_students": named,
        }
    }


def _students(lab: Lab) -> list[Student]:
    """A third right by the reference, a sixth right otherwise, half wrong: the first misconception most often."""
    cases = read_cases(lab.course.root / "tests" / "submissions", lab)
    right = [case for case in cases if case.right]
    wrong = [case for case in cases if not case.right]
    wrong = wrong[:: max(1, len(wrong) // PLANTED)][:PLANTED]
    weights = [place for place in range(len(wrong)) for _ in range(len(wrong) - place)]
    made = []
    for number in range(CLASS):
        kind = number % 6
        case = None if kind < 2 else right[number % len(right)] if kind == 2 else wrong[weights[number % len(weights)]]
        made.append(Student(f"student{number:03}", case))
    return made


def _hand_in(room: Classroom, lab: Lab, students: Sequence[Student]) -> None:
    """Leave the submissions in the exchange, as `nbgrader submit` does; 200 of those would take minutes."""
    blank = nbformat.reads(generate(lab.course, lab.folder), as_version=4)
    solved = lab.notebook()
    for one in students:
        answers = with_case(solved, lab, one.case) if one.case else solved
        name = f"{one.name}+{lab.folder}+{STAMP}"
        folder = room.exchange / lab.course.course_id / "inbound" / name
        folder.mkdir(parents=True)
        (folder / f"{lab.folder}.ipynb").write_text(nbformat.writes(handed_in(blank, answers)), encoding="utf-8")
        (folder / "timestamp.txt").write_text(STAMP)
        (folder / "submission_secret.txt").write_text(f"secret of {one.name}")


def _timed(room: Classroom, *command: str) -> float:
    """Seconds of a command in the instructor's folder; every so often it is told how far it is.

    Raises:
        RuntimeError: if it does not do what it was asked.
    """
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *command],
            cwd=room.own,
            env={**os.environ, "PATH": path},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        while _still_running(process):
            graded = len(list(room.own.glob("autograded/*/*/verdict.json")))
            _say(f"{command[1]}: {time.perf_counter() - started:.0f} s, {graded} of {CLASS} graded")
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)}: {said.read()[-2000:]}")
    taken = time.perf_counter() - started
    _say(f"{command[1]}: done in {taken:.1f} s")
    return taken


def _still_running(process: subprocess.Popen[bytes]) -> bool:
    """Whether it runs, after a while."""
    try:
        process.wait(EVERY_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def _say(text: str) -> None:
    """Tell whoever waits, on stderr, that it goes on."""
    print(f"course: {text}", file=sys.stderr, flush=True)


def _compared(room: Classroom, lab: Lab, students: Sequence[Student]) -> tuple[int, int]:
    """How many misconceptions were planted, and how many the report names with exactly those who have it."""
    planted: dict[str, set[str]] = {}
    for one in students:
        if one.case and not one.case.right:
            planted.setdefault(f"{one.case.exercise}/{one.case.name}", set()).add(one.name)
    cases = read_cases(lab.course.root / "tests" / "submissions", lab)
    found = shown(lab, cases, read_class(Workspace(room.own, lab.course), lab))
    named = {f"{one.exercise}/{one.name}": set(one.students) for one in found}
    return len(planted), Counter(named.get(name) == who for name, who in planted.items())[True]
